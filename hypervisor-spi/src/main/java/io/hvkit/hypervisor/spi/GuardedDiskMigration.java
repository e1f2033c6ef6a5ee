package io.hvkit.hypervisor.spi;

import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.core.internal.PluginBoundary;
import java.util.Optional;
import java.util.function.Consumer;

/** Moving disks by a plug-in, after {@code check} had nothing against the request. */
record GuardedDiskMigration(LiveDiskMigration migration, PluginBoundary boundary, Consumer<DiskMove> check)
        implements LiveDiskMigration {

    @Override
    public BlockJob start(MachineId machine, VolumeId disk, DiskMove move) throws InterruptedException {
        check.accept(move);
        return new GuardedBlockJob(
                boundary.call("liveDiskMigration.start", () -> migration.start(machine, disk, move)), boundary);
    }

    @Override
    public Optional<BlockJob> find(MachineId machine, VolumeId disk) throws InterruptedException {
        return boundary.call("liveDiskMigration.find", () -> migration.find(machine, disk))
                .map(job -> new GuardedBlockJob(job, boundary));
    }
}
