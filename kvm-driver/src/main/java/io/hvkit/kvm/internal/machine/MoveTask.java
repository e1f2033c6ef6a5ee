package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Progress;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.MoveVerdict;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.Migration;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A machine on its way. One thread of its own calls libvirt, which answers when the move is over, and then looks at both hosts.
 * State is kept under one lock that is never held while a host is asked.
 */
final class MoveTask implements MachineMoveJob {

    private static final Logger LOG = LoggerFactory.getLogger(MoveTask.class);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);
    private static final Duration LOOKING_LIMIT = Duration.ofMinutes(1);

    private final MovePlan plan;
    private final MachineMove move;
    private final MoveSide source;
    private final MoveSide target;
    private final MoveKeys keys;
    private final MoveTidying tidying;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private MoveDecision.Wish wish = MoveDecision.Wish.MOVE;
    private Progress progress;
    private boolean setOut;
    private @Nullable DriverException refusal;
    private @Nullable MoveVerdict verdict;

    MoveTask(MovePlan plan, MachineMove move, MoveSide source, MoveSide target, MoveKeys keys, MoveTidying tidying) {
        this.plan = plan;
        this.move = move;
        this.source = source;
        this.target = target;
        this.keys = keys;
        this.tidying = tidying;
        this.progress = new Progress("moving", ByteSize.ZERO, plan.size(move));
    }

    MachineMove move() {
        return move;
    }

    /** Waits until the target has the keys; throws why not, once what it was given is gone again. */
    void awaitSetOut() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!setOut && verdict == null) {
                changed.await();
            }
            if (refusal != null) {
                throw refusal;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends it if it has not set out yet. */
    void unwanted() {
        update(() -> {
            if (!setOut) {
                wish = MoveDecision.Wish.CANCEL;
            }
        });
    }

    /** Moves the machine and returns when the verdict is there. */
    void run() {
        MoveVerdict last;
        try {
            Optional<DriverException> why = attempt(this::prepare);
            if (why.isPresent()) {
                MoveVerdict refused = new MoveVerdict.Failed(
                        why.get().failure(), String.valueOf(why.get().getMessage()));
                last = tidying.after(refused);
                update(() -> refusal = why.get());
            } else {
                update(() -> setOut = true);
                last = tidying.after(settled(attempt(this::migrate)));
            }
        } catch (InterruptedException e) {
            last = new MoveVerdict.Vanished("the thread that watched was interrupted");
        } catch (RuntimeException e) {
            LOG.error("{}: the watching failed", this, e);
            last = new MoveVerdict.Vanished("the watching failed: " + e);
        }
        end(last);
    }

    private interface Step {
        void done() throws LibvirtException;
    }

    /** Takes a step and returns why it failed, if it did. */
    private Optional<DriverException> attempt(Step step) {
        try {
            step.done();
            return Optional.empty();
        } catch (LibvirtException e) {
            return Optional.of(e.asFailureOf(toString()));
        } catch (DriverException e) {
            return Optional.of(e);
        } catch (IllegalStateException e) { // the connection was closed
            return Optional.of(
                    DriverException.because(Failure.UNREACHABLE).causedBy(e).message("%s: %s", this, e));
        }
    }

    private void prepare() throws LibvirtException {
        target.session().here(there -> {
            keys.define(there);
            return plan;
        });
    }

    private void migrate() throws LibvirtException {
        if (wish() == MoveDecision.Wish.CANCEL) {
            return;
        }
        Migration migration = plan.migration(move, target.uri());
        source.session().here(here -> {
            try (LibvirtDomain domain = here.find(plan.name()).orElseThrow(this::ended)) {
                return target.session().here(there -> {
                    domain.migrate(there, migration);
                    return plan;
                });
            }
        });
    }

    private DriverException ended() {
        return DriverException.because(Failure.NOT_FOUND).message("machine %s has just ended", plan.name());
    }

    /** Looks at both hosts until they agree. */
    private MoveVerdict settled(Optional<DriverException> said) throws InterruptedException {
        LOG.debug("{}: libvirt says {}", this, said);
        long begun = System.nanoTime();
        while (true) {
            MovePresence here = source.look(plan.name(), plan.id());
            MovePresence there = target.look(plan.name(), plan.id());
            Optional<MoveVerdict> decided = MoveDecision.from(here, there, wish(), said);
            if (decided.isPresent()) {
                return decided.get();
            }
            if (System.nanoTime() - begun > LOOKING_LIMIT.toNanos()) {
                return MoveDecision.givenUp(here, there, said);
            }
            TimeUnit.NANOSECONDS.sleep(LOOK_AGAIN.toNanos());
        }
    }

    @Override
    public Progress progress() throws InterruptedException {
        if (!hasEnded()) {
            try {
                note(source.session().ask("ask how far machine " + plan.name() + " is", connection -> {
                    Optional<LibvirtDomain> found = connection.find(plan.name());
                    if (found.isEmpty()) {
                        return Optional.<LibvirtDomain.JobProgress>empty();
                    }
                    try (LibvirtDomain domain = found.get()) {
                        return domain.job();
                    }
                }));
            } catch (DriverException e) {
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

    private void note(Optional<LibvirtDomain.JobProgress> seen) {
        seen.ifPresent(now -> update(() -> {
            ByteSize done = ByteSize.bytes(Math.max(now.done(), progress.done().bytes()));
            ByteSize total =
                    ByteSize.bytes(Math.max(now.total(), progress.total().bytes()));
            progress = new Progress("moving", done, total);
        }));
    }

    @Override
    public Optional<MoveVerdict> await(Duration limit) throws InterruptedException {
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
    public void cancel() throws InterruptedException {
        update(() -> wish = MoveDecision.Wish.CANCEL);
        // The job may not have begun in libvirt yet, or be past the point where it can be ended; it is asked until it
        // is over.
        while (!hasEnded() && !aborted() && await(LOOK_AGAIN).isEmpty()) {
            LOG.debug("{}: cannot be cancelled just now", this);
        }
    }

    private boolean aborted() throws InterruptedException {
        return source.session().change("cancel: " + this, connection -> {
            Optional<LibvirtDomain> found = connection.find(plan.name());
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

    private MoveDecision.Wish wish() {
        lock.lock();
        try {
            return wish;
        } finally {
            lock.unlock();
        }
    }

    private boolean hasEnded() {
        lock.lock();
        try {
            return verdict != null;
        } finally {
            lock.unlock();
        }
    }

    private void end(MoveVerdict last) {
        LOG.debug("{}: {}", this, last);
        update(() -> {
            verdict = last;
            if (last instanceof MoveVerdict.Succeeded) {
                progress = new Progress("done", progress.total(), progress.total());
            }
        });
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

    private static long nanos(Duration limit) {
        try {
            return limit.toNanos();
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE; // more than 292 years
        }
    }

    @Override
    public String toString() {
        return "move machine " + plan.name() + " from " + source + " to " + target;
    }
}
