package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.VolumeId;
import java.util.Optional;

/**
 * What is to be filled: a volume that was just made, or another copy of one.
 *
 * @param pool where it is
 * @param id what its pool calls it
 * @param format how its bytes lie there
 * @param key the key that opens it, if it is encrypted with one
 */
public record UnfilledCopy(
        RecordId<PoolRecord> pool, VolumeId id, ImageFormat format, Optional<RecordId<KeyRecord>> key) {

    /** Finds out what is to be filled, as it is now. */
    @FunctionalInterface
    public interface Look {
        /** Returns it. */
        UnfilledCopy now() throws InterruptedException;
    }

    /** Returns a volume. */
    public static UnfilledCopy of(VolumeRecord volume) {
        return new UnfilledCopy(
                volume.place().pool(), Ground.external(volume), volume.place().format(), volume.key());
    }
}
