package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.SnapshotId;
import java.util.List;

/**
 * A moment of a machine's disks, read from the host.
 *
 * @param id the caller's name for it
 * @param disks those that were frozen and that the machine still has over what was frozen; a disk whose overlay was merged is gone
 *     from here, so while some disks are merged and others are not, this tells which. Never empty
 */
@Incubating(since = "0.1")
public record MachineSnapshot(SnapshotId id, List<SnapshotDisk> disks) {

    /** Copies the list. */
    public MachineSnapshot {
        disks = List.copyOf(disks);
        if (disks.isEmpty()) {
            throw new IllegalArgumentException("a snapshot of no disk is none");
        }
    }
}
