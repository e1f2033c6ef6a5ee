package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Progress;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.kvm.internal.libvirt.BlockJobEvent;
import io.hvkit.kvm.internal.libvirt.JobProgress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A copy of a disk under its machine, watched: an event or the clock makes it look at the machine, what it sees decides. State is
 * kept under one lock that is never held while the host is asked.
 */
final class DiskCopyJob implements BlockJob {

    private static final Logger LOG = LoggerFactory.getLogger(DiskCopyJob.class);

    private final CopyTask task;
    private final CopyWatch watch;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private BlockJobPhase phase = BlockJobPhase.COPYING;
    private CopyFacts.Wish wish;
    private CopyFacts.Switchover switchover = CopyFacts.Switchover.IMPOSSIBLE;
    private Progress progress = new Progress("copying", ByteSize.ZERO, ByteSize.ZERO);
    private int looks;
    private boolean begun;
    private boolean abandoned;
    private @Nullable BlockJobEvent event;
    private @Nullable JobVerdict verdict;

    DiskCopyJob(CopyTask task, CopyWatch watch, CopyFacts.Wish wish) {
        this.task = task;
        this.watch = watch;
        this.wish = wish;
    }

    @Override
    public BlockJobPhase phase() {
        return locked(() -> phase);
    }

    @Override
    public Progress progress() throws InterruptedException {
        if (phase() != BlockJobPhase.ENDED) {
            try {
                note(watch.progress(task));
            } catch (DriverException e) {
                if (e.failure() != Failure.UNREACHABLE) {
                    throw e;
                }
            }
        }
        return locked(() -> progress);
    }

    @Override
    public BlockJobPhase awaitReady(Duration limit) throws InterruptedException {
        await(limit, () -> phase != BlockJobPhase.COPYING);
        return phase();
    }

    @Override
    public Optional<JobVerdict> await(Duration limit) throws InterruptedException {
        await(limit, () -> verdict != null);
        return locked(() -> Optional.ofNullable(verdict));
    }

    @Override
    public void pivot() {
        update(() -> {
            if (wish == CopyFacts.Wish.STAY_READY) {
                wish = CopyFacts.Wish.PIVOT;
            }
        });
        watch.soon(this);
    }

    @Override
    public void cancel() throws InterruptedException {
        if (locked(() -> verdict == null)) {
            CopyFacts.Wish before = locked(() -> wish);
            update(() -> wish = CopyFacts.Wish.CANCEL);
            try {
                watch.abort(task);
            } catch (DriverException e) {
                update(() -> wish = before);
                throw e;
            }
            watch.soon(this);
        }
    }

    CopyTask task() {
        return task;
    }

    /** The hypervisor copies: from now on a job that is not seen is gone, and not merely on its way. */
    void begun() {
        update(() -> begun = true);
        watch.soon(this);
    }

    /** Hears what libvirt says of the job, and looks. */
    void heard(BlockJobEvent said) {
        LOG.debug("{}: libvirt says {}", task, said);
        update(() -> {
            event = said;
            if (said == BlockJobEvent.READY || said == BlockJobEvent.COMPLETED) {
                switchover = CopyFacts.Switchover.POSSIBLE;
            }
        });
        watch.soon(this);
    }

    /** Looks at the machine and does what follows; called by one thread at a time. */
    void look() throws InterruptedException {
        if (locked(() -> verdict != null || abandoned || !begun)) {
            return;
        }
        CopyWatch.Sight sight = watch.look(task);
        note(sight.progress());
        update(() -> looks = sight.hasJob() ? 0 : looks + 1);
        CopyDecision decision =
                locked(() -> CopyDecision.from(sight.facts(task, Optional.ofNullable(event), wish, switchover, looks)));
        LOG.debug("{}: {}", task, decision);
        if (decision.verdict().isPresent()) {
            end(watch.tidyUp(task, decision.verdict().get()));
            return;
        }
        update(() -> {
            phase = decision.phase();
            if (phase != BlockJobPhase.COPYING) {
                switchover = CopyFacts.Switchover.POSSIBLE;
            }
        });
        switch (decision.step()) {
            case NOTHING -> {}
            case LOOK_AGAIN -> watch.afterAMoment(this);
            case PIVOT -> switchOver();
        }
    }

    /** Ends the watching, not the job: the connection is closed. */
    void abandon() {
        update(() -> abandoned = true);
    }

    private void switchOver() throws InterruptedException {
        update(() -> phase = BlockJobPhase.PIVOTING);
        try {
            watch.pivot(task);
            watch.soon(this);
        } catch (DriverException e) {
            LOG.debug("{}: the pivot failed or its answer was lost; the machine will tell", task, e);
            watch.afterAMoment(this);
        }
    }

    private void end(JobVerdict last) {
        update(() -> {
            verdict = last;
            phase = BlockJobPhase.ENDED;
            if (last instanceof JobVerdict.Succeeded) {
                progress = new Progress("done", progress.total(), progress.total());
            }
        });
        watch.ended(this);
    }

    private void note(Optional<JobProgress> seen) {
        seen.ifPresent(now -> update(() -> {
            ByteSize done = ByteSize.bytes(Math.max(now.done(), progress.done().bytes()));
            ByteSize total =
                    ByteSize.bytes(Math.max(now.total(), progress.total().bytes()));
            progress = new Progress(phase == BlockJobPhase.COPYING ? "copying" : "in step", done, total);
        }));
    }

    private interface Check {
        boolean holds();
    }

    private void await(Duration limit, Check check) throws InterruptedException {
        long left = nanos(limit);
        lock.lockInterruptibly();
        try {
            while (!check.holds() && left > 0) {
                if (abandoned) {
                    throw DriverException.because(Failure.UNREACHABLE)
                            .effect(Effect.UNKNOWN)
                            .message("the connection was closed; %s goes on and can be found again", task);
                }
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private static long nanos(Duration limit) {
        try {
            return limit.toNanos();
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE; // more than 292 years
        }
    }

    private interface Work<R> {
        R done();
    }

    private <R> R locked(Work<R> work) {
        lock.lock();
        try {
            return work.done();
        } finally {
            lock.unlock();
        }
    }

    private void update(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String toString() {
        return task + ": " + phase();
    }
}
