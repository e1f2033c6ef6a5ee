package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.hypervisor.spi.BackupDisk;
import io.hvkit.hypervisor.spi.BackupJob;
import io.hvkit.hypervisor.spi.BackupRequest;
import io.hvkit.hypervisor.spi.ChangeTracking;
import io.hvkit.hypervisor.spi.Checkpoint;
import io.hvkit.hypervisor.spi.CheckpointId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskBackups;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.storage.spi.chain.LayerId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the hypervisor write a layer of a volume with which a machine runs. Each try begins a checkpoint of its own, whose name tells the
 * layer and the number of the try; so whoever comes after a process that died sees that there was one. What such a try wrote counts only
 * if it runs still and is followed to its end: of one that has ended nobody can say how, and its image is made anew.
 */
final class RunningBackup {

    private static final Logger LOG = LoggerFactory.getLogger(RunningBackup.class);
    private static final String PREFIX = "hvkit-";
    private static final Duration GLANCE = Duration.ofMillis(500);
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Ground ground;
    private final LayerFiles files;
    private final TakePlan plan;
    private final LayerId layer;
    private final Optional<RecordId<KeyRecord>> key;
    private final Optional<CheckpointId> since;
    private final Turn turn;

    /** What is done while the machine is busy with something else, such as a backup of another disk. */
    enum Turn {
        /** Nothing: whoever asked is told. */
        NOW,
        /** It is waited for, however long it takes. */
        AFTER_OTHERS
    }

    /**
     * Makes one.
     *
     * @param key the key of the layer, if it is encrypted
     * @param since the checkpoint from which changes are written; everything is, without one
     */
    RunningBackup(
            Ground ground,
            TakePlan plan,
            LayerId layer,
            Optional<RecordId<KeyRecord>> key,
            Optional<CheckpointId> since,
            Turn turn) {
        this.ground = ground;
        this.files = new LayerFiles(ground);
        this.plan = plan;
        this.layer = layer;
        this.key = key;
        this.since = since;
        this.turn = turn;
    }

    private TakePlan.Running use() {
        return plan.running().orElseThrow();
    }

    private HostId hostId() {
        return new HostId(plan.host().value());
    }

    private Hypervisor host() throws InterruptedException {
        return ground.host(plan.host());
    }

    private DiskBackups backups() throws InterruptedException {
        return host().diskBackups().orElseThrow(this::unsupported);
    }

    private ChangeTracking tracking() throws InterruptedException {
        return host().changeTracking().orElseThrow(this::unsupported);
    }

    private DriverException unsupported() {
        return DriverException.because(Failure.UNSUPPORTED)
                .effect(Effect.NOT_APPLIED)
                .message(
                        "host %s backs up no disk of a running machine; stop machine %s first",
                        plan.host(), use().machine());
    }

    private String prefix() {
        return PREFIX + layer.name() + "-";
    }

    /** Returns the checkpoints of earlier tries, the oldest first. */
    private List<CheckpointId> tries() throws InterruptedException {
        return tracking().list(use().machine()).stream()
                .map(Checkpoint::id)
                .filter(id -> id.value().startsWith(prefix()))
                .toList();
    }

    /** Writes the layer, and returns which checkpoint began with it. */
    Facts write(ProgressListener listener) throws InterruptedException {
        while (true) {
            try {
                return writeNow(listener);
            } catch (DriverException e) {
                if (turn == Turn.NOW || !isBusy(e)) {
                    throw e;
                }
                LOG.debug("layer {} waits for its turn", layer, e);
                listener.progressed(new Progress("waiting for its turn", ByteSize.ZERO, plan.size()));
                Thread.sleep(GLANCE.toMillis());
            }
        }
    }

    private static boolean isBusy(DriverException refused) {
        return refused.failure() == Failure.OPERATION_PENDING && refused.effect() == Effect.NOT_APPLIED;
    }

    private Facts writeNow(ProgressListener listener) throws InterruptedException {
        DiskBackups backups = backups();
        List<CheckpointId> tries = tries();
        int number = 1;
        if (!tries.isEmpty()) {
            CheckpointId last = tries.get(tries.size() - 1);
            Optional<BackupJob> running = follow(backups, last);
            if (running.isPresent()) {
                return finish(running.get(), last, listener);
            }
            number = Integer.parseInt(last.value().substring(prefix().length())) + 1;
            startAnew(tries);
        }
        CheckpointId checkpoint = new CheckpointId(prefix() + number);
        return finish(start(backups, checkpoint), checkpoint, listener);
    }

    /** Returns the backup of a process that died, if it runs still. */
    private Optional<BackupJob> follow(DiskBackups backups, CheckpointId last) throws InterruptedException {
        if (backups.running(use().machine()).isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(start(backups, last));
        } catch (DriverException e) {
            if (e.failure() == Failure.EXISTS_DIFFERENTLY) {
                return Optional.empty(); // it has ended just now
            }
            throw e;
        }
    }

    private BackupJob start(DiskBackups backups, CheckpointId checkpoint) throws InterruptedException {
        Disk image = Disk.of(new VolumeId(LayerFiles.nameOf(layer)), files.attach(layer, hostId()), ImageFormat.QCOW2);
        try {
            if (key.isEmpty()) {
                return backups.start(use().machine(), request(checkpoint, image));
            }
            try (Secret secret = ground.keys().open(key.get())) {
                return backups.start(use().machine(), request(checkpoint, image.unlockedBy(secret)));
            }
        } catch (DriverException e) {
            throw e.failure() == Failure.UNSUPPORTED ? withWayOut(e) : e;
        }
    }

    private static DriverException withWayOut(DriverException refused) {
        return DriverException.because(refused.failure())
                .effect(refused.effect())
                .causedBy(refused)
                .message(
                        "%s; stop the machine, and take the snapshot then, or move the volume to where it is qcow2",
                        String.valueOf(refused.getMessage()));
    }

    private BackupRequest request(CheckpointId checkpoint, Disk image) {
        BackupRequest request = BackupRequest.named(checkpoint).onto(use().disk(), image);
        return since.map(request::since).orElse(request);
    }

    /** The image is made anew first: as long as there are checkpoints, whoever comes knows that it is of no use. */
    private void startAnew(List<CheckpointId> tries) throws InterruptedException {
        files.detach(layer, hostId());
        files.remove(layer);
        Facts unused = files.make(layer, plan.size(), key);
        for (CheckpointId each : tries) {
            tracking().forget(use().machine(), each);
        }
    }

    private Facts finish(BackupJob job, CheckpointId checkpoint, ProgressListener listener)
            throws InterruptedException {
        requireAsPlanned(job);
        Optional<JobVerdict> verdict = job.await(GLANCE);
        while (verdict.isEmpty()) {
            listener.progressed(job.progress());
            verdict = job.await(GLANCE);
        }
        verdict.get().orThrow();
        return Facts.of("checkpoint", checkpoint).with("consistency", job.consistency());
    }

    /**
     * What holds everything must not be laid over another one, and what holds changes alone must be: so what is written must be what was
     * planned.
     */
    private void requireAsPlanned(BackupJob job) throws InterruptedException {
        Optional<Optional<CheckpointId>> written = job.disks().stream()
                .filter(disk -> disk.volume().equals(use().disk()))
                .map(BackupDisk::since)
                .findAny();
        if (!written.equals(Optional.of(since))) {
            job.cancel();
            Optional<JobVerdict> unused = job.await(PATIENCE);
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.UNKNOWN)
                    .message(
                            "changes since %s were to be written, and the hypervisor writes those since %s; its notes have changed"
                                    + " meanwhile, ask again",
                            since, written);
        }
    }

    /** Ends a backup of the layer, if one runs, and forgets its checkpoints; a machine that does not run keeps those as long. */
    void stop() throws InterruptedException {
        if (host().find(use().machine()).isPresent()) {
            stopIn(tries());
        }
        files.detach(layer, hostId());
    }

    private void stopIn(List<CheckpointId> tries) throws InterruptedException {
        Optional<BackupJob> running = tries.isEmpty() ? Optional.empty() : ours(backups());
        if (running.isPresent()) {
            running.get().cancel();
            if (running.get().await(PATIENCE).isEmpty()) {
                throw DriverException.because(Failure.TIMED_OUT)
                        .effect(Effect.UNKNOWN)
                        .message("the backup of machine %s does not end; its image %s is kept", use().machine(), layer);
            }
        }
        for (CheckpointId each : tries) {
            forget(each);
        }
    }

    private Optional<BackupJob> ours(DiskBackups backups) throws InterruptedException {
        return backups.running(use().machine())
                .filter(job ->
                        job.disks().stream().anyMatch(disk -> disk.volume().equals(use().disk())));
    }

    private void forget(CheckpointId checkpoint) throws InterruptedException {
        try {
            tracking().forget(use().machine(), checkpoint);
        } catch (DriverException e) {
            if (e.failure() != Failure.INVALID_REQUEST) {
                throw e;
            }
            LOG.warn("checkpoint {} of machine {} stays until that runs again", checkpoint, use().machine(), e);
        }
    }

    /** Forgets those checkpoints of the volume on which no layer can follow any more: their notes cost room and time. */
    Facts forgetOthersThan(Set<String> needed) throws InterruptedException {
        int forgotten = 0;
        for (Checkpoint each : tracking().list(use().machine())) {
            boolean isOurs = each.id().value().startsWith(PREFIX)
                    && each.disks().size() == 1
                    && each.disks().get(0).volume().equals(use().disk());
            if (isOurs && !needed.contains(each.id().value())) {
                tracking().forget(use().machine(), each.id());
                forgotten++;
            }
        }
        return Facts.of("forgotten", forgotten);
    }
}
