package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;

/**
 * One disk of a snapshot.
 *
 * @param frozen the volume that the machine had at the moment of the snapshot, and where; nothing is written to it since
 * @param overlay the volume that holds what was written after, until the next snapshot if there is one, and where
 * @param content whether {@code frozen} is still what it was
 */
@Incubating(since = "0.1")
public record SnapshotDisk(MachineDisk frozen, MachineDisk overlay, Content content) {

    /** Whether a frozen volume is what it was at the moment of its snapshot. */
    public enum Content {
        /** It is, to the byte. */
        INTACT,
        /** A merge into it has begun, so it is neither what it was nor, alone, what the machine has now. Another merge ends that. */
        CHANGED,
        /** All of a merge is in it, and the machine was about to be switched to it; {@link MachineSnapshots#look} says what became of that. */
        SWITCHING,
        /** The machine went back to it and writes to it itself, so what lay over it is of no use. */
        THAWED
    }
}
