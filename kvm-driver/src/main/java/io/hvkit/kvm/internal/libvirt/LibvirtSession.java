package io.hvkit.kvm.internal.libvirt;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to one libvirt daemon that outlives the daemon: after a loss it is made again, by the next call or by itself,
 * and the listener is told first. All calls run on a few platform threads of the session: libvirt keeps its last error for each
 * thread, and a virtual thread inside native code holds its carrier. Any number of threads may share it.
 */
public final class LibvirtSession implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LibvirtSession.class);
    private static final int THREADS = 6;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    /**
     * Work done on a connection.
     *
     * @param <R> what comes out
     */
    @FunctionalInterface
    public interface Task<R> {
        /** Does it. */
        R on(LibvirtConnection connection) throws LibvirtException;
    }

    private final Duration limit;
    private final LibvirtLibrary library;
    private final Link link;
    private final ThreadPoolExecutor workers;
    private final ScheduledExecutorService events;
    private final AtomicBoolean closed = new AtomicBoolean();

    private LibvirtSession(URI uri, Duration limit, LibvirtListener listener) {
        this.limit = limit;
        this.library = Libvirt.acquire();
        ThreadFactory threads = daemons("hvkit-libvirt");
        this.workers =
                new ThreadPoolExecutor(THREADS, THREADS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads);
        workers.allowCoreThreadTimeOut(true);
        this.events = Executors.newSingleThreadScheduledExecutor(daemons("hvkit-libvirt-listener"));
        this.link = new Link(library, uri, new LinkListener(listener));
    }

    /**
     * Connects.
     *
     * @param limit how long one call may take
     * @throws DriverException with {@code UNREACHABLE}, {@code BAD_CREDENTIALS} or {@code HOST_NOT_READY}; nothing stays open
     */
    public static LibvirtSession open(URI uri, Duration limit, LibvirtListener listener) throws InterruptedException {
        LibvirtSession session = new LibvirtSession(uri, limit, listener);
        try {
            session.ask("connect to " + uri, connection -> connection);
            return session;
        } catch (DriverException | InterruptedException e) {
            session.close();
            throw e;
        }
    }

    /**
     * Does something that changes nothing. If the connection is lost meanwhile it is made again and the work done once more.
     *
     * @param what the work, for messages, such as {@code look at machine web-01}
     * @throws DriverException as libvirt says; the effect is {@code NOT_APPLIED}
     */
    public <R> R ask(String what, Task<R> task) throws InterruptedException {
        return await(
                what,
                workersSubmit(() -> {
                    try {
                        return once(task);
                    } catch (LibvirtException e) {
                        if (!e.saysUnreachable()) {
                            throw e;
                        }
                        return once(task);
                    }
                }),
                Effect.NOT_APPLIED);
    }

    /**
     * Does the same, with less patience.
     *
     * @return nothing if there is no answer by then; the work goes on, and what comes of it is dropped
     */
    public <R> Optional<R> askWithin(Duration patience, String what, Task<R> task) throws InterruptedException {
        Future<R> future = workersSubmit(() -> once(task));
        try {
            return Optional.of(future.get(patience.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            throw failure(what, e.getCause(), Effect.NOT_APPLIED);
        }
    }

    /**
     * Does something that changes the host, once. It goes on if the caller is interrupted.
     *
     * @param what the work, for messages
     * @throws DriverException as libvirt says; if the connection was lost the effect is {@code UNKNOWN}
     */
    public <R> R change(String what, Task<R> task) throws InterruptedException {
        return await(what, workersSubmit(() -> once(task)), Effect.UNKNOWN);
    }

    /**
     * Does something that may take longer than one call may, once, on the calling thread. That must be a platform thread.
     *
     * @throws IllegalStateException if the session is closed
     */
    public <R> R here(Task<R> task) throws LibvirtException {
        if (closed.get()) {
            throw new IllegalStateException("the connection is closed");
        }
        return once(task);
    }

    /** Does something in the background, once; a failure is logged. Does nothing if the session is closed. */
    public void soon(String what, Task<?> task) {
        try {
            events.execute(() -> {
                try {
                    once(task);
                } catch (LibvirtException | RuntimeException e) {
                    LOG.warn("{} failed", what, e);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("{}: the connection is closed", what);
        }
    }

    /** Drops the connection and ends all threads of the session. Closing twice does nothing. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            workers.shutdown();
            events.shutdownNow();
            awaitEnd();
            link.close();
            Libvirt.release();
        }
    }

    private void awaitEnd() {
        boolean interrupted = false;
        try {
            workers.awaitTermination(limit.toMillis(), TimeUnit.MILLISECONDS);
            events.awaitTermination(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private <R> R once(Task<R> task) throws LibvirtException {
        try (Link.Lease lease = leased()) {
            return task.on(lease.connection());
        } catch (LibvirtException e) {
            if (e.saysUnreachable()) {
                link.suspect();
            }
            throw e;
        }
    }

    private Link.Lease leased() throws LibvirtException {
        try {
            return link.lease();
        } catch (LibvirtException e) {
            throw e.whileConnecting();
        }
    }

    private <R> Future<R> workersSubmit(Callable<R> work) {
        try {
            return workers.submit(work);
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("the connection is closed", e);
        }
    }

    private <R> R await(String what, Future<R> future, Effect whenLost) throws InterruptedException {
        try {
            return future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw DriverException.because(Failure.TIMED_OUT)
                    .effect(whenLost)
                    .causedBy(e)
                    .message("%s: libvirt did not answer within %d s", what, limit.toSeconds());
        } catch (ExecutionException e) {
            throw failure(what, e.getCause(), whenLost);
        }
    }

    private static RuntimeException failure(String what, @Nullable Throwable cause, Effect whenLost) {
        if (cause instanceof LibvirtException libvirt) {
            DriverException plain = libvirt.asFailureOf(what);
            if (plain.failure() == Failure.UNREACHABLE && whenLost == Effect.NOT_APPLIED) {
                return DriverException.because(Failure.UNREACHABLE)
                        .effect(whenLost)
                        .causedBy(libvirt)
                        .message("%s: %s", what, String.valueOf(libvirt.getMessage()));
            }
            return plain;
        }
        if (cause instanceof RuntimeException runtime) {
            return runtime;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        return DriverException.because(Failure.DEFECT)
                .causedBy(cause == null ? new IllegalStateException("no cause") : cause)
                .message("%s failed", what);
    }

    private void reconnectSoon(Duration pause) {
        if (closed.get()) {
            return;
        }
        try {
            Future<?> unused = events.schedule(() -> reconnect(pause), pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            return; // closed meanwhile: there is nothing to reconnect for
        }
    }

    private void reconnect(Duration pause) {
        try (Link.Lease lease = link.lease()) {
            lease.connection();
        } catch (LibvirtException e) {
            LOG.debug("still no connection: {}", e.getMessage());
            reconnectLater(pause);
        } catch (RuntimeException e) {
            LOG.error("the connection cannot be made anew, trying again", e);
            reconnectLater(pause);
        }
    }

    private void reconnectLater(Duration pause) {
        Duration next = pause.multipliedBy(2);
        reconnectSoon(next.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : next);
    }

    private static ThreadFactory daemons(String name) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Takes events off libvirt's own thread, which must not wait. */
    private final class LinkListener implements Link.Listener {

        private final LibvirtListener listener;

        LinkListener(LibvirtListener listener) {
            this.listener = listener;
        }

        @Override
        public void connected(LibvirtConnection connection) throws LibvirtException {
            listener.connected(connection);
        }

        @Override
        public void lost() {
            reconnectSoon(FIRST_PAUSE);
        }

        @Override
        public void blockJob(String domain, String disk, BlockJobEvent event) {
            post(() -> listener.blockJob(domain, disk, event));
        }

        @Override
        public void stopped(String domain) {
            post(() -> listener.stopped(domain));
        }

        @Override
        public void deviceChanged() {
            post(listener::deviceChanged);
        }

        @Override
        public void redescribed(UUID domain) {
            listener.redescribed(domain);
        }

        private void post(Runnable message) {
            try {
                events.execute(message);
            } catch (RejectedExecutionException e) {
                return; // closed meanwhile: nobody listens any more
            }
        }
    }
}
