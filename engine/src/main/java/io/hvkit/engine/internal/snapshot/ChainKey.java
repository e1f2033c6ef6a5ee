package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.ChainRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;

/**
 * Names the chain of one volume.
 *
 * @param id its id, which is the volume's
 */
record ChainKey(RecordId<ChainRecord> id) {

    static ChainKey of(RecordId<VolumeRecord> volume) {
        return new ChainKey(ChainRecord.idOf(volume));
    }

    static ChainKey of(String id) {
        return new ChainKey(new RecordId<>(id));
    }

    @Override
    public String toString() {
        return id.value();
    }
}
