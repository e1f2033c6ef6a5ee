package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import java.util.Set;

/**
 * A record, kept in a qcow2 image, of which parts of the disk were written since some moment.
 *
 * @param name by which it is named, unique in its image
 * @param granularity how much of the disk one bit stands for, a power of two
 * @param flags its state
 */
public record DirtyBitmap(String name, ByteSize granularity, Set<Flag> flags) {

    /** Something that is so of a bitmap. */
    public enum Flag {
        /** Writes are recorded in it; without this it stays as it is. */
        RECORDING,
        /**
         * A process has it loaded, or died while it had: then it misses writes, is of no use for a backup, and can only be
         * removed.
         */
        IN_USE
    }

    /** Copies the flags. */
    public DirtyBitmap {
        flags = Set.copyOf(flags);
    }

    /** Returns whether writes are recorded in it. */
    public boolean isRecording() {
        return flags.contains(Flag.RECORDING);
    }

    /** Returns whether it misses writes; an image that no process holds does not get it back. */
    public boolean isInconsistent() {
        return flags.contains(Flag.IN_USE);
    }
}
