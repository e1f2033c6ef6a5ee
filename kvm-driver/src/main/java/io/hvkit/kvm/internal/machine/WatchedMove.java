package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Progress;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.kvm.internal.libvirt.JobProgress;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.xml.MoveNote;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A machine on its way, whoever leads it. One thread of its own watches it until the verdict is there. State is kept under one
 * lock that is never held while a host is asked.
 */
abstract class WatchedMove implements MachineMoveJob {

    private static final Logger LOG = LoggerFactory.getLogger(WatchedMove.class);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);
    private static final Duration SILENCE = Duration.ofSeconds(5);
    private static final Duration LOOKING_LIMIT = Duration.ofMinutes(1);

    final MoveSide source;
    final MoveSide target;
    private final String machine;
    private final UUID id;
    private final MoveNote note;
    private final MoveTidying tidying;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private MoveDecision.Wish wish = MoveDecision.Wish.MOVE;
    private Progress progress;
    private @Nullable JobVerdict verdict;

    /**
     * @param id what libvirt calls the machine, on both hosts
     * @param size how much there is to do, as far as known
     */
    WatchedMove(
            String machine,
            UUID id,
            MoveSide source,
            MoveSide target,
            MoveNote note,
            MoveTidying tidying,
            ByteSize size) {
        this.machine = machine;
        this.id = id;
        this.source = source;
        this.target = target;
        this.note = note;
        this.tidying = tidying;
        this.progress = new Progress("moving", ByteSize.ZERO, size);
    }

    /** Does what there is to do and returns the verdict once everything is tidied up. */
    abstract JobVerdict watched() throws InterruptedException;

    /** Ends it because the connection closes. */
    abstract void leave() throws InterruptedException;

    /**
     * Watches the move and returns when the verdict is there.
     *
     * @param over called once it is over, before anybody hears the verdict
     */
    final void run(Runnable over) {
        JobVerdict last;
        try {
            last = watched();
        } catch (InterruptedException e) {
            last = new JobVerdict.Vanished("nobody watches here any more; another connection finds the move");
        } catch (RuntimeException e) {
            LOG.error("{}: the watching failed", this, e);
            last = new JobVerdict.Vanished("the watching failed: " + e);
        }
        LOG.debug("{}: {}", this, last);
        over.run();
        end(last);
    }

    /** Returns what is noted of it. */
    MoveNote note() {
        return note;
    }

    /** Lets the machine go on on the target, if it is held there; the source must not run it again. */
    final void letGo() throws InterruptedException {
        tidying.letGo();
    }

    JobVerdict tidied(JobVerdict last) throws InterruptedException {
        return tidying.after(last);
    }

    /** Looks at both hosts until they agree, or say nothing new for too long. */
    final JobVerdict settled(MoveDecision.Leader leader, MoveDecision.Ran ran, Optional<DriverException> said)
            throws InterruptedException {
        LOG.debug("{}: libvirt says {}", this, said);
        MoveSight seen = look();
        long since = System.nanoTime();
        while (true) {
            boolean silent = System.nanoTime() - since > SILENCE.toNanos();
            MoveDecision decision =
                    MoveDecision.from(seen, silent ? MoveDecision.Leader.SILENT : leader, ran, wish(), said);
            if (decision.verdict().isPresent()) {
                return decision.verdict().get();
            }
            switch (decision.next()) {
                case WAIT -> {}
                case END_SOURCE -> tidying.endSource();
                case END_TARGET -> tidying.endTarget();
                case RESUME_SOURCE -> tidying.resumeSource();
            }
            if (System.nanoTime() - since > LOOKING_LIMIT.toNanos()) {
                return MoveDecision.givenUp(seen, said);
            }
            TimeUnit.NANOSECONDS.sleep(LOOK_AGAIN.toNanos());
            MoveSight now = look();
            if (!now.equals(seen) || now.work() == MoveSight.Work.GOING_ON) {
                seen = now;
                since = System.nanoTime();
            }
        }
    }

    private MoveSight look() throws InterruptedException {
        MoveSide.Look here =
                source.look(machine, id, arrival -> false); // first: what arrives in between is seen on the target
        return new MoveSight(
                here.presence(), target.look(machine, id, note::equals).presence(), here.work());
    }

    @Override
    public final Progress progress() throws InterruptedException {
        if (!hasEnded()) {
            try {
                note(source.session().ask("ask how far machine " + machine + " is", connection -> {
                    Optional<LibvirtDomain> found = connection.find(machine);
                    if (found.isEmpty()) {
                        return Optional.<JobProgress>empty();
                    }
                    try (LibvirtDomain domain = found.get()) {
                        return domain.job();
                    }
                }));
            } catch (DriverException | IllegalStateException e) { // or the connection was closed
                LOG.debug("{}: the host does not say how far it is", this, e);
            }
        }
        lock.lock();
        try {
            return progress;
        } finally {
            lock.unlock();
        }
    }

    private void note(Optional<JobProgress> seen) {
        seen.ifPresent(now -> update(() -> {
            ByteSize done = ByteSize.bytes(Math.max(now.done(), progress.done().bytes()));
            ByteSize total =
                    ByteSize.bytes(Math.max(now.total(), progress.total().bytes()));
            progress = new Progress("moving", done, total);
        }));
    }

    @Override
    public final Optional<JobVerdict> await(Duration limit) throws InterruptedException {
        long left = nanos(limit);
        lock.lockInterruptibly();
        try {
            while (verdict == null && left > 0) {
                left = changed.awaitNanos(left);
            }
            return Optional.ofNullable(verdict);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public final void cancel() throws InterruptedException {
        update(() -> wish = MoveDecision.Wish.CANCEL);
        // The job may not have begun in libvirt yet, or be past the point where it can be ended; it is asked until it
        // is over.
        while (!hasEnded() && !aborted() && await(LOOK_AGAIN).isEmpty()) {
            LOG.debug("{}: cannot be cancelled just now", this);
        }
    }

    private boolean aborted() throws InterruptedException {
        return source.session().change("cancel: " + this, connection -> {
            Optional<LibvirtDomain> found = connection.find(machine);
            if (found.isEmpty()) {
                return false;
            }
            try (LibvirtDomain domain = found.get()) {
                domain.abortJob();
                return true;
            } catch (LibvirtException e) {
                if (e.saysNotNow() || e.saysAbsent()) {
                    return false;
                }
                throw e;
            }
        });
    }

    final MoveDecision.Wish wish() {
        lock.lock();
        try {
            return wish;
        } finally {
            lock.unlock();
        }
    }

    /** Makes it end as soon as it can, without asking libvirt. */
    final void wishToCancel() {
        update(() -> wish = MoveDecision.Wish.CANCEL);
    }

    final boolean hasEnded() {
        lock.lock();
        try {
            return verdict != null;
        } finally {
            lock.unlock();
        }
    }

    private void end(JobVerdict last) {
        update(() -> {
            verdict = last;
            if (last instanceof JobVerdict.Succeeded) {
                ByteSize all =
                        ByteSize.bytes(Math.max(1, progress.total().bytes())); // of nothing, nobody knows the part
                progress = new Progress("done", all, all);
            }
        });
    }

    final void update(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until something holds, or the verdict is there. */
    final void awaitEither(BooleanSupplier condition) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (verdict == null && !condition.getAsBoolean()) {
                changed.await();
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

    @Override
    public final String toString() {
        return "move machine " + machine + " from " + source + " to " + target;
    }
}
