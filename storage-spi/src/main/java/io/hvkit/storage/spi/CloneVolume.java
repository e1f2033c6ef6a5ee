package io.hvkit.storage.spi;

import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import java.util.function.Function;

/**
 * A request for a volume with the content of another one. Equal requests are the same request: sending one twice makes one volume.
 *
 * @param source where the content comes from
 * @param name the name of the new volume: unique in the pool
 * @param depth what the new volume needs of its source
 */
public record CloneVolume(Source source, String name, Depth depth) {

    /** What a clone needs of its source. */
    public enum Depth {
        /** Nothing, once it is made. */
        FULL,
        /** The source stays as long as the clone does. */
        LINKED
    }

    /** Where the content comes from. Closed: a new case is a new major version. */
    public sealed interface Source {

        /** What is on a volume now. */
        record OfVolume(VolumeId id) implements Source {}

        /** What was on a volume when a snapshot was taken. */
        record OfSnapshot(SnapshotId id) implements Source {}

        /** Answers for whichever case this is; the compiler sees to it that none is left out. */
        default <R> R match(
                Function<? super OfVolume, ? extends R> volume, Function<? super OfSnapshot, ? extends R> snapshot) {
            if (this instanceof OfVolume of) {
                return volume.apply(of);
            }
            return snapshot.apply((OfSnapshot) this);
        }
    }

    /** Returns a request for a full clone of a volume. */
    public static CloneVolume of(VolumeId source, String name) {
        return new CloneVolume(new Source.OfVolume(source), name, Depth.FULL);
    }

    /** Returns a request for a full clone of a snapshot. */
    public static CloneVolume of(SnapshotId source, String name) {
        return new CloneVolume(new Source.OfSnapshot(source), name, Depth.FULL);
    }

    /** Returns this request for a clone that shares what it can with its source. */
    public CloneVolume linked() {
        return new CloneVolume(source, name, Depth.LINKED);
    }
}
