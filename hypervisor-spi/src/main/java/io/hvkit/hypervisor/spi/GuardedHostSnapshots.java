package io.hvkit.hypervisor.spi;

import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.internal.PluginBoundary;
import java.util.List;
import java.util.Optional;

/** Snapshots by a plug-in's host. */
record GuardedHostSnapshots(HostSnapshots snapshots, PluginBoundary boundary) implements HostSnapshots {

    @Override
    public HostSnapshot take(MachineId machine, SnapshotId snapshot, Quiescing quiescing) throws InterruptedException {
        return boundary.call("hostSnapshots.take", () -> snapshots.take(machine, snapshot, quiescing));
    }

    @Override
    public List<HostSnapshot> list(MachineId machine) throws InterruptedException {
        return boundary.call("hostSnapshots.list", () -> snapshots.list(machine));
    }

    @Override
    public Optional<HostSnapshot> find(MachineId machine, SnapshotId snapshot) throws InterruptedException {
        return boundary.call("hostSnapshots.find", () -> snapshots.find(machine, snapshot));
    }

    @Override
    public void revert(MachineId machine, SnapshotId snapshot) throws InterruptedException {
        boundary.act("hostSnapshots.revert", () -> snapshots.revert(machine, snapshot));
    }

    @Override
    public void remove(MachineId machine, SnapshotId snapshot, Removal removal) throws InterruptedException {
        boundary.act("hostSnapshots.remove", () -> snapshots.remove(machine, snapshot, removal));
    }

    @Override
    public void consolidate(MachineId machine) throws InterruptedException {
        boundary.act("hostSnapshots.consolidate", () -> snapshots.consolidate(machine));
    }
}
