package io.hvkit.engine.volume;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
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
 * @param way who brings it there
 * @param bandwidth how much hypervisors and hosts copy in a second at most; as much as goes if it is not said
 */
@Incubating(since = "0.1")
public record MoveRequest(
        RecordId<VolumeRecord> volume,
        RecordId<PoolRecord> pool,
        Optional<ImageFormat> format,
        Protection protection,
        Way way,
        Optional<ByteSize> bandwidth) {

    /**
     * Looks at the limit.
     *
     * @throws IllegalArgumentException if it is zero
     */
    public MoveRequest {
        if (bandwidth.filter(ByteSize.ZERO::equals).isPresent()) {
            throw new IllegalArgumentException("a copy at zero bytes a second never ends; leave the limit out");
        }
    }

    /** Whether the bytes of a volume that moves are encrypted. */
    public enum Protection {
        /** They are if they were before. */
        KEPT,
        /** They are, whatever they were before. */
        ENCRYPTED
    }

    /** Who brings a volume to another pool. */
    public enum Way {
        /**
         * The storage system, if both pools are of the same one and the bytes are to stay as they are: then the volume keeps its key and its
         * snapshots, and no host copies anything. Else hosts do.
         */
        BEST,
        /** Hosts: the volume gets a key of its own there, and what it was is removed. */
        COPIED
    }

    /** Returns a request for the same volume in another pool. */
    public static MoveRequest of(RecordId<VolumeRecord> volume, RecordId<PoolRecord> pool) {
        return new MoveRequest(volume, pool, Optional.empty(), Protection.KEPT, Way.BEST, Optional.empty());
    }

    /** Returns this request with another format there. */
    public MoveRequest as(ImageFormat other) {
        return new MoveRequest(volume, pool, Optional.of(other), protection, way, bandwidth);
    }

    /** Returns this request for a volume that nobody reads there without a key, even if it was plain. */
    public MoveRequest encrypted() {
        return new MoveRequest(volume, pool, format, Protection.ENCRYPTED, way, bandwidth);
    }

    /** Returns this request for a copy by hosts, under another key if it is encrypted with one, even if the storage could move it. */
    public MoveRequest copied() {
        return new MoveRequest(volume, pool, format, protection, Way.COPIED, bandwidth);
    }

    /**
     * Returns this request with a limit on how much is copied in a second. Volumes that one running machine uses and that move at the same
     * time share it: together they copy that much, each an equal part, and what one needs no longer goes to the others; if they say
     * different limits, the one that was said last holds for all. A volume that no machine runs with is copied at the limit by itself. A
     * storage system that moves a volume itself copies as its own settings say. A guest that writes more in that time is never caught up
     * with.
     */
    public MoveRequest limitedTo(ByteSize perSecond) {
        return new MoveRequest(volume, pool, format, protection, way, Optional.of(perSecond));
    }
}
