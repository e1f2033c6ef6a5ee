package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.MoveRequest.Protection;
import io.hvkit.engine.volume.MoveRequest.Way;
import java.util.Optional;

/**
 * Which copy of a volume is to take the place of the one that there is.
 *
 * @param volume the volume
 * @param pool the pool it is to be in; nothing if it is to be in the same one
 * @param format how its bytes are to lie; nothing as they lie now
 * @param protection whether it is to be encrypted
 * @param way who may bring it there
 * @param bandwidth how much may be copied in a second, if there is a limit
 */
record WantedCopy(
        RecordId<VolumeRecord> volume,
        Optional<RecordId<PoolRecord>> pool,
        Optional<ImageFormat> format,
        Protection protection,
        Way way,
        Optional<ByteSize> bandwidth) {

    /** Returns the copy in another pool that a move asks for. */
    static WantedCopy of(MoveRequest move) {
        return new WantedCopy(
                move.volume(),
                Optional.of(move.pool()),
                move.format(),
                move.protection(),
                move.way(),
                move.bandwidth());
    }

    /** Returns the copy in another pool that a machine takes along. */
    static WantedCopy along(RecordId<VolumeRecord> volume, RecordId<PoolRecord> pool) {
        return new WantedCopy(
                volume, Optional.of(pool), Optional.empty(), Protection.KEPT, Way.COPIED, Optional.empty());
    }

    /** Returns the copy in the same pool that a new key encrypts. */
    static WantedCopy encryptedAnew(RecordId<VolumeRecord> volume) {
        return new WantedCopy(
                volume, Optional.empty(), Optional.empty(), Protection.ENCRYPTED, Way.COPIED, Optional.empty());
    }

    /** Returns the copy in the same pool that holds something else, and is no less protected. */
    static WantedCopy refilled(RecordId<VolumeRecord> volume, Protection protection) {
        return new WantedCopy(volume, Optional.empty(), Optional.empty(), protection, Way.COPIED, Optional.empty());
    }

    /** Returns whether it is to be in the pool in which the volume is. */
    boolean isInPlace() {
        return pool.isEmpty();
    }

    /** Returns the pool it is to be in, for a volume that is in this one. */
    RecordId<PoolRecord> poolFrom(RecordId<PoolRecord> now) {
        return pool.orElse(now);
    }

    /** Returns which of the volume's copies that were made in its pool it is to be, for a volume that is at this place. */
    int numberFrom(VolumeRecord.Place now) {
        return poolFrom(now.pool()).equals(now.home()) ? Math.addExact(now.copy(), 1) : 0;
    }

    /** Returns the way out if its pool will not do. */
    String otherPool() {
        return isInPlace() ? "move it to another pool, where it gets a new key, too" : "name another pool";
    }

    /** Returns the way out if the format will not do. */
    String otherFormat() {
        return isInPlace() ? "move it to another pool in another format" : "say another format";
    }
}
