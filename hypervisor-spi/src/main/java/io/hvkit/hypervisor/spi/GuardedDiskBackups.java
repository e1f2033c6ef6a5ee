package io.hvkit.hypervisor.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.internal.PluginBoundary;
import java.util.Optional;
import java.util.function.Consumer;

/** Backups by a plug-in, after {@code check} had nothing against the images. */
record GuardedDiskBackups(DiskBackups backups, PluginBoundary boundary, Consumer<Disk> check) implements DiskBackups {

    @Override
    public BackupJob start(MachineId machine, BackupRequest request) throws InterruptedException {
        if (request.images().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("backup %s of machine %s is to be of at least one disk", request.checkpoint(), machine);
        }
        request.images().values().forEach(check);
        return new GuardedBackupJob(
                boundary.call("diskBackups.start", () -> backups.start(machine, request)), boundary);
    }

    @Override
    public Optional<BackupJob> running(MachineId machine) throws InterruptedException {
        return boundary.call("diskBackups.running", () -> backups.running(machine))
                .map(job -> new GuardedBackupJob(job, boundary));
    }
}
