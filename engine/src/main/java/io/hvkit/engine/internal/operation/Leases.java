package io.hvkit.engine.internal.operation;

import io.hvkit.core.DriverException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Renews the leases of the operations that run here, on a thread that exists while there are any. */
final class Leases {

    private static final Logger LOG = LoggerFactory.getLogger(Leases.class);

    private final Terms terms;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** The executions, and when their leases were taken or renewed last, by this machine's own monotonic clock. */
    private final Map<Execution<?, ?>, Long> held = new LinkedHashMap<>();

    private @Nullable Thread thread;

    Leases(Terms terms) {
        this.terms = terms;
    }

    /**
     * Renews the lease of an operation from now on.
     *
     * @param since a moment before its lease was taken, of {@link System#nanoTime}
     */
    void add(Execution<?, ?> execution, long since) {
        lock.lock();
        try {
            held.put(execution, since);
            if (thread == null) {
                thread = new Thread(this::renew, "hvkit leases");
                thread.setDaemon(true);
                thread.start();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Renews the lease of an operation no more. */
    void remove(Execution<?, ?> execution) {
        lock.lock();
        try {
            held.remove(execution);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the thread has ended, which it does when nothing is held any more. */
    void join() throws InterruptedException {
        Thread last;
        lock.lock();
        try {
            last = thread;
        } finally {
            lock.unlock();
        }
        if (last != null) {
            last.join(terms.patience().toMillis());
        }
    }

    private void renew() {
        try {
            while (pause()) {
                for (Execution<?, ?> execution : all()) {
                    renew(execution);
                }
            }
        } catch (InterruptedException e) {
            LOG.warn("somebody interrupted the renewal of leases; operations stop", e);
            all().forEach(Leases::lost);
        }
    }

    private List<Execution<?, ?>> all() {
        lock.lock();
        try {
            return List.copyOf(held.keySet());
        } finally {
            lock.unlock();
        }
    }

    /** Waits until it is time to renew; returns false, and the thread with it, if there is nothing to renew. */
    private boolean pause() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = terms.renewal().toNanos();
            while (left > 0 && !held.isEmpty()) {
                left = changed.awaitNanos(left);
            }
            if (held.isEmpty()) {
                thread = null;
                return false;
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void renew(Execution<?, ?> execution) throws InterruptedException {
        long before = System.nanoTime();
        try {
            execution.page().renew(terms.lease());
            lock.lock();
            try {
                held.computeIfPresent(execution, (same, since) -> before);
            } finally {
                lock.unlock();
            }
            if (execution.page().isAskedToStop()) {
                execution.signals().raise(Stop.CANCEL);
                execution.signals().interrupt();
            }
        } catch (Unwinding.LeaseLost e) {
            lost(execution);
        } catch (Unwinding.Halted | DriverException e) {
            LOG.warn(
                    "the lease of operation {} could not be renewed",
                    execution.page().id(),
                    e);
            if (isOver(execution)) {
                lost(execution);
            }
        }
    }

    /** Whether a lease ends, at the latest, before there is another chance to renew it. */
    private boolean isOver(Execution<?, ?> execution) {
        lock.lock();
        try {
            Long since = held.get(execution);
            long rest = terms.lease().minus(terms.renewal()).toNanos();
            return since != null && System.nanoTime() - since > rest;
        } finally {
            lock.unlock();
        }
    }

    private static void lost(Execution<?, ?> execution) {
        execution.signals().raise(Stop.LOST);
        execution.signals().interrupt();
    }
}
