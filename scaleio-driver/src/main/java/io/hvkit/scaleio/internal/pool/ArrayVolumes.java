package io.hvkit.scaleio.internal.pool;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import java.util.Optional;

/** The volumes of one pool, without what is the driver's own: snapshots and notes. */
record ArrayVolumes(ArrayCalls calls, String pool) {

    /** Returns a volume, if the pool has it. */
    Optional<ArrayVolume> look(VolumeId id) throws InterruptedException {
        return Names.isId(id.value()) ? calls.volume(id.value()).filter(this::isVolume) : Optional.empty();
    }

    /** Returns a volume; {@code NOT_FOUND} if the pool has none of that id. */
    ArrayVolume require(VolumeId id) throws InterruptedException {
        return look(id).orElseThrow(
                        () -> DriverException.because(Failure.NOT_FOUND).message("the pool has no volume %s", id));
    }

    boolean isInPool(ArrayVolume volume) {
        return volume.place().pool().equals(pool);
    }

    boolean isVolume(ArrayVolume volume) {
        return isInPool(volume) && !Names.isOurs(volume.name());
    }

    /** Returns what to say of a name that something else has. */
    static DriverException taken(ArrayVolume volume) {
        return DriverException.because(Failure.EXISTS_DIFFERENTLY)
                .message(
                        "the system has another volume %s: of %s, in pool %s, id %s",
                        volume.name(), volume.size(), volume.place().pool(), volume.id());
    }
}
