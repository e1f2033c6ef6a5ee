package io.hvkit.engine.volume;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Incubating;
import java.util.Optional;

/**
 * A volume that is to be in another pool. Equal requests under one idempotency key are the same request.
 *
 * @param volume the volume
 * @param pool the pool it is to be in
 * @param format how its bytes are to be laid out there, before they are encrypted; as they are now if nothing is said
 * @param protection whether more is to be done to keep its bytes from others; never less
 */
@Incubating(since = "0.1")
public record MoveRequest(
        RecordId<VolumeRecord> volume, RecordId<PoolRecord> pool, Optional<ImageFormat> format, Protection protection) {

    /** Whether the bytes of a volume that moves are encrypted. */
    public enum Protection {
        /** They are if they were before. */
        KEPT,
        /** They are, whatever they were before. */
        ENCRYPTED
    }

    /** Returns a request for the same volume in another pool. */
    public static MoveRequest of(RecordId<VolumeRecord> volume, RecordId<PoolRecord> pool) {
        return new MoveRequest(volume, pool, Optional.empty(), Protection.KEPT);
    }

    /** Returns this request with another format there. */
    public MoveRequest as(ImageFormat other) {
        return new MoveRequest(volume, pool, Optional.of(other), protection);
    }

    /** Returns this request for a volume that nobody reads there without a key, even if it was plain. */
    public MoveRequest encrypted() {
        return new MoveRequest(volume, pool, format, Protection.ENCRYPTED);
    }
}
