package io.hvkit.engine;

import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.PoolId;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.chain.LayerId;

/** What layers are called in their stores. */
final class SnapshotNames {

    private SnapshotNames() {}

    static String imageOf(LayerId layer) {
        return Ground.nameIn(new RecordId<>(layer.store().value()), new RecordId<VolumeRecord>(layer.name()), 0);
    }

    static String imageOf(BackupRecord row) {
        String store = row.layer().orElseThrow().store().value();
        return imageOf(new LayerId(new PoolId(store), row.name().substring(store.length() + 1)));
    }
}
