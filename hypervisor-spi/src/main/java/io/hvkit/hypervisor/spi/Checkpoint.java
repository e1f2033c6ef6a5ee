package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import java.time.Instant;
import java.util.List;

/**
 * A moment since which it is noted what is written, as it is now.
 *
 * @param id its name
 * @param begunAt when it began, by the host's clock, to the second
 * @param disks its disks
 */
@Incubating(since = "0.1")
public record Checkpoint(CheckpointId id, Instant begunAt, List<TrackedDisk> disks) {

    /** Copies the list. */
    public Checkpoint {
        disks = List.copyOf(disks);
    }
}
