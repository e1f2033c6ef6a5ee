package io.hvkit.testkit.hypervisor;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BackupDisk;
import io.hvkit.hypervisor.spi.BackupDisk.Why;
import io.hvkit.hypervisor.spi.BackupJob;
import io.hvkit.hypervisor.spi.BackupRequest;
import io.hvkit.hypervisor.spi.CheckpointId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskBackups;
import io.hvkit.hypervisor.spi.TrackedDisk;
import io.hvkit.hypervisor.spi.Tracking;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Backups of machines in memory, whose guests write nothing. One is written when somebody waits for it. */
record InMemoryDiskBackups(InMemoryHost host) implements DiskBackups {

    @Override
    public BackupJob start(MachineId machine, BackupRequest request) {
        synchronized (host) {
            InMemoryMachine found = host.require(machine);
            Optional<InMemoryBackup> running = found.backup();
            if (running.isPresent()) {
                if (running.get().isOf(request)) {
                    return running.get();
                }
                throw DriverException.because(Failure.OPERATION_PENDING)
                        .effect(Effect.NOT_APPLIED)
                        .message("machine %s is being backed up", machine);
            }
            Map<Disk, Disk> images = images(found, machine, request);
            if (found.checkpoints().containsKey(request.checkpoint())) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message("there is a checkpoint %s already; take another name", request.checkpoint());
            }
            List<BackupDisk> disks = new ArrayList<>();
            images.keySet().forEach(disk -> disks.add(decided(disk.volume(), request.since(), found)));
            found.checkpoints().put(request.checkpoint(), InMemoryCheckpoint.of(List.copyOf(images.keySet())));
            InMemoryBackup begun = new InMemoryBackup(host, found, request, images, disks);
            found.backup(Optional.of(begun));
            return begun;
        }
    }

    private static Map<Disk, Disk> images(InMemoryMachine found, MachineId machine, BackupRequest request) {
        Map<Disk, Disk> images = new LinkedHashMap<>();
        request.images().forEach((volume, image) -> {
            Disk disk = found.disk(volume)
                    .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                            .message("machine %s has no disk %s", machine, volume));
            if (disk.format() != ImageFormat.QCOW2) {
                throw DriverException.because(Failure.UNSUPPORTED)
                        .message("%s has no room for notes of changes; only qcow2 has", disk);
            }
            if (disk.key().isPresent() && image.key().isEmpty()) {
                throw refused("%s is encrypted and its image is not: %s", disk, image);
            }
            InMemoryDisks.requireOpens(image);
            if (InMemoryDisks.size(image) != InMemoryDisks.size(disk)) {
                throw refused("%s and its image have different sizes: %s", disk, image);
            }
            if (!InMemoryDisks.isEmpty(image)) {
                throw refused("the image of %s holds something already: %s", disk, image);
            }
            images.put(disk, image);
        });
        return images;
    }

    private static DriverException refused(String message, Disk disk, Disk image) {
        return DriverException.because(Failure.INVALID_REQUEST).message(message, disk, image);
    }

    private static BackupDisk decided(VolumeId volume, Optional<CheckpointId> since, InMemoryMachine machine) {
        if (since.isEmpty()) {
            return full(volume, Why.FULL_ASKED, "everything was asked for");
        }
        InMemoryCheckpoint checkpoint = machine.checkpoints().get(since.get());
        if (checkpoint == null) {
            return full(volume, Why.CHECKPOINT_UNKNOWN, "there is no checkpoint " + since.get());
        }
        return checkpoint.seen(since.get(), machine).disks().stream()
                .filter(disk -> disk.volume().equals(volume))
                .findAny()
                .map(disk -> decided(disk, since))
                .orElseGet(() -> full(volume, Why.NOT_TRACKED, "it is not of this disk"));
    }

    private static BackupDisk decided(TrackedDisk disk, Optional<CheckpointId> since) {
        return disk.tracking() instanceof Tracking.Whole
                ? new BackupDisk(disk.volume(), since, Why.NOTES_WHOLE, "the notes are whole")
                : full(disk.volume(), Why.NOTES_LOST, disk.tracking().toString());
    }

    private static BackupDisk full(VolumeId volume, Why why, String evidence) {
        return new BackupDisk(volume, Optional.empty(), why, evidence);
    }

    @Override
    public Optional<BackupJob> running(MachineId machine) {
        synchronized (host) {
            host.requireReachable();
            return host.known(machine)
                    .filter(InMemoryMachine::isActive)
                    .flatMap(InMemoryMachine::backup)
                    .map(BackupJob.class::cast);
        }
    }
}
