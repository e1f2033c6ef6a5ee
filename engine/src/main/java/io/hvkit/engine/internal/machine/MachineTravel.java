package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.volume.Disks;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.internal.volume.TravellingDisk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.LiveMigration;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The way of a machine from one host to another. The two hosts are the truth: after any doubt the move is made to end, and then they say where
 * the machine is.
 *
 * @param ground what this stands on
 * @param request what was asked for
 * @param along the disks that go along
 * @param from where the machine is
 * @param to where it is to be
 */
record MachineTravel(
        Ground ground,
        MigrateWork request,
        List<TravellingDisk> along,
        RecordId<HostRecord> from,
        RecordId<HostRecord> to) {

    private static final Duration GLANCE = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private MachineWork work() {
        return request.work();
    }

    /** Returns whether a disk stays where it is. */
    boolean stays(RecordId<VolumeRecord> disk) {
        return along.stream().map(TravellingDisk::volume).noneMatch(disk::equals);
    }

    private static VolumeUse machineOn(RecordId<HostRecord> host) {
        return VolumeUse.by(new HostId(host.value()));
    }

    /** Makes a volume usable on both hosts. The machine that is on its way sees to it that one of them writes. */
    Facts share(RecordId<VolumeRecord> id) throws InterruptedException {
        VolumeRecord volume = ground.volume(id);
        StoragePool pool = ground.pool(volume.place().pool());
        VolumeId external = Ground.external(volume);
        Attachment here = pool.attach(external, machineOn(from).shared());
        Attachment there = ground.devices()
                .come(pool, external, machineOn(to).because(Reason.MIGRATION).shared());
        return Facts.of("here", here).with("there", there);
    }

    /** Takes a volume from the host to which the machine did not come. */
    void unshare(RecordId<VolumeRecord> id) throws InterruptedException {
        VolumeRecord volume = ground.volume(id);
        StoragePool pool = ground.pool(volume.place().pool());
        ground.devices().go(pool, Ground.external(volume), new HostId(to.value()), Reason.MIGRATION);
        Attachment unused = pool.attach(Ground.external(volume), machineOn(from));
    }

    /** Leaves a volume to the host to which the machine came, and to no other. */
    Facts handOver(RecordId<VolumeRecord> id) throws InterruptedException {
        VolumeRecord volume = ground.volume(id);
        StoragePool pool = ground.pool(volume.place().pool());
        VolumeId external = Ground.external(volume);
        HostId target = new HostId(to.value());
        Attachment shared = ground.devices().come(pool, external, machineOn(to).shared());
        ground.devices().go(pool, external, new HostId(from.value()), Reason.MACHINE);
        ground.devices().go(pool, external, target, Reason.MIGRATION);
        Attachment alone = pool.attach(external, machineOn(to));
        return Facts.of("shared", shared).with("alone", alone);
    }

    /** Brings the machine there; goes on with a move that was begun before. A cancel makes it end. */
    Facts go(Run run) throws InterruptedException {
        MachineMoveJob job = start();
        try {
            Optional<JobVerdict> verdict = job.await(GLANCE);
            while (verdict.isEmpty()) {
                run.progress().progressed(job.progress());
                if (run.isAskedToStop()) {
                    job.cancel();
                }
                verdict = job.await(GLANCE);
            }
            verdict.get().orThrow();
        } catch (DriverException e) {
            throw inDoubt(e);
        }
        return arrived();
    }

    private MachineMoveJob start() throws InterruptedException {
        Hypervisor source = ground.host(from);
        List<Secret> keys = new ArrayList<>();
        try {
            MachineMove move = MachineMove.to(ground.host(to))
                    .with(request.request().busyGuest())
                    .with(request.request().sharedDisks())
                    .over(request.request().wire());
            if (request.request().bandwidth().isPresent()) {
                move = move.limitedTo(request.request().bandwidth().get());
            }
            for (TravellingDisk disk : along) {
                move = disk.on(move, keys);
            }
            for (RecordId<VolumeRecord> id : work().disks()) {
                VolumeRecord volume = ground.volume(id);
                if (stays(id) && volume.key().isPresent()) {
                    Secret key = ground.keys().open(volume.key().get());
                    keys.add(key);
                    move = move.unlocking(Disks.id(volume), key);
                }
            }
            MachineMove whole = move;
            return ground.turns().take(work().id(), () -> migration(source).start(work().id(), whole));
        } finally {
            keys.forEach(Secret::close);
        }
    }

    private static LiveMigration migration(Hypervisor host) {
        return host.liveMigration()
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .effect(Effect.NOT_APPLIED)
                        .message("host %s moves no machines; stop the machine and start it elsewhere", host.host()));
    }

    /**
     * Makes the move end, and returns evidence if the machine is there.
     *
     * @throws DriverException if nobody can tell; nothing may be started or given to others then
     */
    Optional<Facts> ended() throws InterruptedException {
        Hypervisor source = ground.host(from);
        Hypervisor target = ground.host(to);
        endMove(ground, work().id(), from, to);
        boolean isThere = Disks.isRunning(target, work().id());
        boolean isHere = Disks.isRunning(source, work().id());
        if (isThere == isHere) {
            throw DriverException.because(Failure.UNREACHABLE)
                    .effect(Effect.UNKNOWN)
                    .message(
                            "machine %s runs on %s; its volumes are left with both hosts, %s and %s. See to it that it runs on one of"
                                    + " them, and recover",
                            work().name(), isThere ? "both hosts" : "neither host", from, to);
        }
        if (isThere) {
            requireAlong(target);
        }
        return isThere ? Optional.of(Facts.of("host", to)) : Optional.empty();
    }

    /** Makes a move of a machine end that is under way, and waits for it. */
    static void endMove(Ground ground, MachineId machine, RecordId<HostRecord> from, RecordId<HostRecord> to)
            throws InterruptedException {
        Hypervisor source = ground.host(from);
        Hypervisor target = ground.host(to);
        Optional<MachineMoveJob> running =
                ground.turns().take(machine, () -> migration(source).find(machine, target));
        if (running.isPresent()) {
            running.get().cancel();
            Optional<JobVerdict> unused = running.get().await(PATIENCE);
        }
    }

    /** What it has left is removed only if it runs with what it was to have. */
    private void requireAlong(Hypervisor target) throws InterruptedException {
        for (TravellingDisk disk : along) {
            if (!disk.isThere(target)) {
                throw DriverException.because(Failure.UNREACHABLE)
                        .effect(Effect.UNKNOWN)
                        .message(
                                "machine %s runs on host %s without the copy of volume %s that it was to take along; both copies are"
                                        + " kept. Look at the machine's disks, and recover",
                                work().name(), to, disk.volume());
            }
        }
    }

    private Facts arrived() throws InterruptedException {
        return ended().orElseThrow(() -> DriverException.because(Failure.DEFECT)
                .effect(Effect.UNKNOWN)
                .message("machine %s is said to have come to host %s, and is on host %s", work().name(), to, from));
    }

    /** What failed while the machine is on its way says nothing of where it is. */
    private DriverException inDoubt(DriverException e) {
        return DriverException.because(e.failure())
                .effect(Effect.UNKNOWN)
                .causedBy(e)
                .message("the move of machine %s to host %s: %s", work().name(), to, String.valueOf(e.getMessage()));
    }
}
