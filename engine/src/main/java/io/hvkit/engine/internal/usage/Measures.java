package io.hvkit.engine.internal.usage;

import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.engine.usage.Resource;
import java.util.Map;
import java.util.Optional;

/** How much each kind of thing counts, by what the catalog says of it. */
public final class Measures {

    private static final String VOLUME = "volume:";

    private Measures() {}

    /** Returns the name under which a volume is held. */
    public static String thing(RecordId<VolumeRecord> volume) {
        return VOLUME + volume;
    }

    /** Returns how much a volume of a size counts. */
    public static Amounts volume(ByteSize size) {
        return Amounts.of(Map.of(Resource.VOLUMES.setting(), 1L, Resource.PRIMARY_STORAGE.setting(), size.bytes()));
    }

    /** What a look at a thing said. */
    record Seen(boolean known, Optional<Amounts> real) {

        static final Seen UNKNOWN_KIND = new Seen(false, Optional.empty());
    }

    /** Looks how much a thing counts; nothing of one that is gone. */
    static Seen look(Transaction transaction, String thing) {
        if (!thing.startsWith(VOLUME)) {
            return Seen.UNKNOWN_KIND;
        }
        Optional<VolumeRecord> volume = transaction.volumes().find(new RecordId<>(thing.substring(VOLUME.length())));
        return new Seen(true, volume.map(VolumeRecord::size).map(Measures::volume));
    }
}
