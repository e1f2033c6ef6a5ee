package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who thaws guests: threads of a connection's own, there while something is frozen. */
final class Thaws implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Thaws.class);
    private static final int THREADS = 2;

    /** How long a guest may take to thaw until its holder is told that it did not. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final Duration IDLE = Duration.ofSeconds(5);

    private final ScheduledThreadPoolExecutor pool;
    private final Set<GuestHold> holds = ConcurrentHashMap.newKeySet();

    Thaws() {
        AtomicInteger number = new AtomicInteger();
        pool = new ScheduledThreadPoolExecutor(THREADS, task -> {
            Thread thread = new Thread(task, "hvkit-thaw-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        pool.setKeepAliveTime(IDLE.toMillis(), TimeUnit.MILLISECONDS);
        pool.allowCoreThreadTimeOut(true);
        pool.setRemoveOnCancelPolicy(true);
        pool.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** Keeps a hold until {@link #remove}, so that closing the connection thaws it. */
    void add(GuestHold hold) {
        holds.add(hold);
    }

    void remove(GuestHold hold) {
        holds.remove(hold);
    }

    /**
     * Does something after a pause.
     *
     * @throws java.util.concurrent.RejectedExecutionException if the connection is closed
     */
    Future<?> after(Duration pause, Runnable work) {
        return pool.schedule(work, pause.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        holds.forEach(GuestHold::abandon);
        Deadline patience = Deadline.after(PATIENCE);
        for (GuestHold hold : holds) {
            try {
                hold.awaitThawed(patience);
            } catch (DriverException e) {
                LOG.error("the connection is closed, and the guest of machine {} may be frozen", hold.machine(), e);
            }
        }
        pool.shutdownNow();
        boolean interrupted = Thread.interrupted();
        try {
            boolean ended = pool.awaitTermination(IDLE.toMillis(), TimeUnit.MILLISECONDS);
            LOG.debug("thaws ended: {}", ended);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
