package io.hvkit.hypervisor.spi;

import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.core.internal.PluginBoundary;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Freezing disks by a plug-in, after {@code check} had nothing against the layers. */
record GuardedSnapshots(MachineSnapshots snapshots, PluginBoundary boundary, Consumer<Disk> check)
        implements MachineSnapshots {

    @Override
    public MachineSnapshot take(MachineId machine, SnapshotRequest request) throws InterruptedException {
        request.overlays().values().forEach(check);
        return boundary.call("machineSnapshots.take", () -> snapshots.take(machine, request));
    }

    @Override
    public List<MachineSnapshot> list(MachineId machine) throws InterruptedException {
        return boundary.call("machineSnapshots.list", () -> snapshots.list(machine));
    }

    @Override
    public Optional<MachineSnapshot> find(MachineId machine, SnapshotId snapshot) throws InterruptedException {
        return boundary.call("machineSnapshots.find", () -> snapshots.find(machine, snapshot));
    }

    @Override
    public void revert(MachineId machine, SnapshotRevert revert) throws InterruptedException {
        revert.overlays().values().forEach(check);
        boundary.act("machineSnapshots.revert", () -> snapshots.revert(machine, revert));
    }

    @Override
    public BlockJob merge(MachineId machine, DiskMerge merge) throws InterruptedException {
        check.accept(merge.disk());
        return boundary.call("machineSnapshots.merge", () -> snapshots.merge(machine, merge));
    }

    @Override
    public Optional<BlockJob> merging(MachineId machine, VolumeId disk) throws InterruptedException {
        return boundary.call("machineSnapshots.merging", () -> snapshots.merging(machine, disk));
    }

    @Override
    public MergeSight look(MachineId machine, DiskMerge merge) throws InterruptedException {
        check.accept(merge.disk());
        return boundary.call("machineSnapshots.look", () -> snapshots.look(machine, merge));
    }

    @Override
    public void settle(MachineId machine, DiskMerge merge, MergeSight.Newest newest) throws InterruptedException {
        check.accept(merge.disk());
        boundary.act("machineSnapshots.settle", () -> snapshots.settle(machine, merge, newest));
    }
}
