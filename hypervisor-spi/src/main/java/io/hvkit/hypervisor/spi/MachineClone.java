package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;

/**
 * A machine that was made from another one, read from the host.
 *
 * @param machine as it is now
 * @param source what it was made from, whether that is still there or not
 * @param kind how it was made
 */
@Incubating(since = "0.1")
public record MachineClone(Machine machine, MachineId source, Kind kind) {

    /** What a clone shares with its source. */
    public enum Kind {
        /** Nothing: all that the source has on its disks was copied. */
        FULL,
        /** What a snapshot of the source froze: its disks hold what is written to them, and lie over that. Made at once. */
        LINKED
    }
}
