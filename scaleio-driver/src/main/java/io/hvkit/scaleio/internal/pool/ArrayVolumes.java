package io.hvkit.scaleio.internal.pool;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
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

    /** Refuses a name that the system has for a volume of another format: on the array the two differ. */
    void requireNoTwin(String name, ImageFormat format) throws InterruptedException {
        for (Layout other : Layout.of(format).others()) {
            Optional<ArrayVolume> twin = calls.named(other.spelled(name));
            if (twin.isPresent()) {
                throw taken(twin.get());
            }
        }
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
                        "the system has another volume %s: of %s as %s, in pool %s, id %s",
                        Names.plain(volume.name()),
                        volume.size(),
                        volume.format(),
                        volume.place().pool(),
                        volume.id());
    }
}
