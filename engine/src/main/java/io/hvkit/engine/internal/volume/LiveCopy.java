package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.Pivot;
import io.hvkit.storage.spi.VolumeUse;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The copy of a disk by the hypervisor of the machine that runs with it. The machine itself is the truth: after any doubt the job is made to
 * end, and then the machine says at which of the two copies it is.
 */
final class LiveCopy {

    private static final Duration GLANCE = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Where a machine has its disk. */
    private enum Where {
        AT_SOURCE,
        AT_TARGET,
        /** It has neither, or there is no such machine any more. */
        NOWHERE
    }

    private final Ground ground;
    private final MovePlan.Use use;
    private final Copy copy;
    private final Optional<ByteSize> bandwidth;

    /**
     * What is copied.
     *
     * @param source what the machine calls the disk
     * @param target the other copy
     */
    record Copy(VolumeId source, NewCopy target) {}

    /** @param bandwidth how much the disks of the machine may copy in a second together, if there is a limit */
    LiveCopy(Ground ground, MovePlan.Use use, NewCopy target, Optional<ByteSize> bandwidth) {
        this.bandwidth = bandwidth;
        this.ground = ground;
        this.use = use;
        this.copy = new Copy(use.disk().orElseThrow(), target);
    }

    /** Copies until the target has everything and is kept so; goes on with a copy that was begun before. */
    Facts copy(ProgressListener listener) throws InterruptedException {
        BlockJob job = start();
        try {
            while (job.awaitReady(GLANCE) == BlockJobPhase.COPYING) {
                listener.progressed(job.progress());
            }
            listener.progressed(job.progress());
        } catch (DriverException e) {
            throw inDoubt(e);
        }
        if (job.phase() == BlockJobPhase.ENDED) {
            require(verdict(job));
        }
        return Facts.of("copied", copy.target.name());
    }

    private BlockJob start() throws InterruptedException {
        Hypervisor host = ground.host(use.host());
        VolumeUse machine = VolumeUse.by(new HostId(use.host().value()));
        Attachment place = ground.pool(copy.target.pool()).attach(copy.target.requireId(ground), machine);
        Disk target = Disk.of(new VolumeId(copy.target.name()), place, copy.target.format());
        if (copy.target.key().isEmpty()) {
            return start(host, target);
        }
        try (Secret key = ground.keys().open(copy.target.key().get())) {
            return start(host, target.unlockedBy(key));
        }
    }

    private BlockJob start(Hypervisor host, Disk target) throws InterruptedException {
        DiskMove alone = DiskMove.to(target).pivoting(Pivot.WHEN_ASKED);
        DiskMove move = bandwidth.map(alone::sharing).orElse(alone);
        return ground.turns().take(use.machine(), () -> Disks.migration(host).start(use.machine(), copy.source, move));
    }

    private Optional<BlockJob> find(Hypervisor host) throws InterruptedException {
        return ground.turns().take(use.machine(), () -> Disks.migration(host).find(use.machine(), copy.source));
    }

    /** Switches the machine to the target; does nothing if it was switched before. */
    Facts pivot() throws InterruptedException {
        Hypervisor host = ground.host(use.host());
        Optional<BlockJob> running = find(host);
        if (running.isPresent()) {
            BlockJob job = running.get();
            try {
                requireReady(job);
                job.pivot();
            } catch (DriverException e) {
                throw inDoubt(e);
            }
            require(verdict(job));
        }
        return switch (where(host)) {
            case AT_TARGET -> Facts.of("at", copy.target.name());
            case AT_SOURCE ->
                throw DriverException.because(Failure.OPERATION_PENDING)
                        .effect(Effect.NOT_APPLIED)
                        .message(
                                "the copy of disk %s of machine %s was ended by somebody else; the machine uses the source as"
                                        + " before",
                                copy.source, use.machine());
            case NOWHERE -> throw lost();
        };
    }

    private void requireReady(BlockJob job) throws InterruptedException {
        BlockJobPhase phase = job.awaitReady(PATIENCE);
        if (phase == BlockJobPhase.COPYING) {
            throw DriverException.because(Failure.TIMED_OUT)
                    .message(
                            "the guest of machine %s writes faster than disk %s is copied, for %s now",
                            use.machine(), copy.source, PATIENCE);
        }
    }

    /** Makes a copy end that was not asked to switch; returns evidence only if somebody switched it all the same. */
    Optional<Facts> endedEarly() throws InterruptedException {
        return ended() == Where.AT_TARGET ? Optional.of(Facts.of("at", copy.target.name())) : Optional.empty();
    }

    /**
     * Makes a copy end that was asked to switch, and returns whether it did.
     *
     * @throws DriverException if nobody can tell; nothing may be deleted then
     */
    Optional<Facts> endedLate() throws InterruptedException {
        return switch (ended()) {
            case AT_TARGET -> Optional.of(Facts.of("at", copy.target.name()));
            case AT_SOURCE -> Optional.empty();
            case NOWHERE -> throw lost();
        };
    }

    /** Makes the copy end before the machine was asked to switch, and sees to it that the target is of no use to the machine. */
    void stop() throws InterruptedException {
        if (ended() == Where.AT_TARGET) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "somebody switched machine %s to %s, and it uses that now; both copies are kept",
                            use.machine(), copy.target.name());
        }
    }

    private Where ended() throws InterruptedException {
        Hypervisor host = ground.host(use.host());
        Optional<BlockJob> running = find(host);
        if (running.isPresent()) {
            running.get().cancel();
            JobVerdict unused = verdict(running.get());
        }
        return where(host);
    }

    private JobVerdict verdict(BlockJob job) throws InterruptedException {
        return job.await(PATIENCE)
                .orElseThrow(() -> DriverException.because(Failure.TIMED_OUT)
                        .message(
                                "the copy of disk %s of machine %s has not ended for %s",
                                copy.source, use.machine(), PATIENCE));
    }

    private void require(JobVerdict verdict) {
        if (verdict instanceof JobVerdict.Cancelled) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.NOT_APPLIED)
                    .message("somebody else cancelled the copy of disk %s of machine %s", copy.source, use.machine());
        }
        verdict.orThrow();
    }

    private Where where(Hypervisor host) throws InterruptedException {
        Set<VolumeId> disks = host.find(use.machine()).map(Machine::disks).stream()
                .flatMap(known -> known.stream().map(MachineDisk::volume))
                .collect(Collectors.toSet());
        boolean isAtTarget = disks.contains(new VolumeId(copy.target.name()));
        if (isAtTarget && disks.contains(copy.source)) {
            throw DriverException.because(Failure.DEFECT)
                    .message("machine %s has both %s and %s", use.machine(), copy.source, copy.target.name());
        }
        if (isAtTarget) {
            return Where.AT_TARGET;
        }
        return disks.contains(copy.source) ? Where.AT_SOURCE : Where.NOWHERE;
    }

    private DriverException lost() {
        return DriverException.because(Failure.UNREACHABLE)
                .effect(Effect.UNKNOWN)
                .message(
                        "host %s has no machine %s with disk %s or its copy %s, so nobody can tell which of the two counts; both"
                                + " are kept. Have the host define the machine with the one that counts, and recover",
                        use.host(), use.machine(), copy.source, copy.target.name());
    }

    /** What failed while a job runs says nothing of the job. */
    private DriverException inDoubt(DriverException e) {
        return DriverException.because(e.failure())
                .effect(Effect.UNKNOWN)
                .causedBy(e)
                .message(
                        "the copy of disk %s of machine %s: %s",
                        copy.source, use.machine(), String.valueOf(e.getMessage()));
    }
}
