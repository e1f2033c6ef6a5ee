package io.hvkit.kvm.internal.libvirt;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Connections to one libvirt daemon that outlive the daemon: after a loss they are made again, by the next call or by themselves, and
 * the listener is told first. Each call has one to itself. All run on platform threads of the session, made when they are needed: libvirt
 * keeps its last error for each thread, and a virtual thread inside native code holds its carrier. Questions and changes have threads
 * of their own, so that a host can be looked at while its machines hang. Any number of threads may share it.
 */
public final class LibvirtSession implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LibvirtSession.class);
    private static final int QUESTIONS = 6;
    private static final int CHANGES = 12;
    private static final Duration LONGEST_CLOSE = Duration.ofSeconds(30);

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

    private final Route route;
    private final Duration limit;
    private final Reconnection reconnection;
    private final Links links;
    private final ThreadPoolExecutor connector;
    private final ThreadPoolExecutor questions;
    private final ThreadPoolExecutor changes;
    private final ScheduledExecutorService events;
    private final AtomicBoolean closed = new AtomicBoolean();

    private LibvirtSession(Route route, Duration limit, LibvirtListener listener) {
        this.route = route;
        this.limit = limit;
        LibvirtLibrary library = Libvirt.acquire();
        this.questions = Threads.atMost(QUESTIONS, "hvkit-libvirt-look");
        this.changes = Threads.atMost(CHANGES, "hvkit-libvirt");
        this.events = Executors.newSingleThreadScheduledExecutor(Threads.daemons("hvkit-libvirt-listener"));
        this.connector = Threads.atMost(1, "hvkit-libvirt-connect");
        this.reconnection = new Reconnection(this::linked, events, route);
        Link.Callbacks callbacks = new EventPost(library, events, listener).callbacks(reconnection::soon);
        this.links = new Links(route, limit, callbacks, listener::connected, connector);
    }

    /**
     * Connects.
     *
     * @param route the way there; it is the session's from now on, and closed with it or if there is none
     * @param limit how long one call may take, and how long it may take to connect
     * @throws DriverException with {@code UNREACHABLE}, {@code BAD_CREDENTIALS}, {@code HOST_NOT_READY} or {@code TIMED_OUT}; nothing
     *     stays open
     */
    public static LibvirtSession open(Route route, Duration limit, LibvirtListener listener)
            throws InterruptedException {
        LibvirtSession session = new LibvirtSession(route, limit, listener);
        try {
            session.ask("connect to " + route, connection -> connection);
            return session;
        } catch (RuntimeException | InterruptedException e) {
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
        Call<R> call = new Call<>(asking -> {
            try {
                return once(task, asking::begins);
            } catch (LibvirtException e) {
                if (!e.saysUnreachable()) {
                    throw e;
                }
                return once(task, asking::begins);
            }
        });
        return await(what, call, questions, Effect.NOT_APPLIED);
    }

    /**
     * Does the same, once and with less patience.
     *
     * @return nothing if there is no answer by then; the work goes on, and what comes of it is dropped
     */
    public <R> Optional<R> askWithin(Duration patience, String what, Task<R> task) throws InterruptedException {
        Call<R> call = new Call<>(asking -> once(task, asking::begins));
        submit(call, questions);
        try {
            return Optional.of(call.task().get(patience.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            giveUp(call, questions);
            return Optional.empty();
        } catch (CancellationException e) {
            throw new IllegalStateException("the connection is closed", e);
        } catch (ExecutionException e) {
            throw Call.failure(what, e.getCause(), Effect.NOT_APPLIED);
        }
    }

    /**
     * Does something that changes the host, once. It goes on if the caller is interrupted, unless nothing was asked of the host yet.
     *
     * @param what the work, for messages
     * @throws DriverException as libvirt says; if the connection was lost, or there was no answer in time, the effect is {@code
     *     UNKNOWN}; if the host was not asked at all, {@code NOT_APPLIED}
     */
    public <R> R change(String what, Task<R> task) throws InterruptedException {
        return await(what, new Call<>(asking -> once(task, asking::begins)), changes, Effect.UNKNOWN);
    }

    /**
     * Does something that may take longer than one call may, once, on the calling thread. That must be a platform thread. An
     * interruption ends the wait for a connection, as a failure that says so, and is kept for the caller to see.
     *
     * @throws IllegalStateException if the session is closed
     */
    public <R> R here(Task<R> task) throws LibvirtException {
        if (closed.get()) {
            throw new IllegalStateException("the connection is closed");
        }
        try {
            return once(task);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw LibvirtException.interrupted();
        }
    }

    /**
     * Does something in the background, once, unless the connection is lost meanwhile; a failure is logged. Does nothing if the session
     * is closed.
     */
    public void soon(String what, Task<?> task) {
        later(Duration.ZERO, what, task);
    }

    /** Does the same after a while. */
    public void later(Duration pause, String what, Task<?> task) {
        try {
            ScheduledFuture<?> unused =
                    events.schedule(() -> inBackground(what, task), pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("{}: the connection is closed", what);
        }
    }

    private void inBackground(String what, Task<?> task) {
        try {
            once(task);
        } catch (LibvirtException | RuntimeException e) {
            boolean lost = closed.get() || (e instanceof LibvirtException libvirt && libvirt.saysUnreachable());
            LOG.atLevel(lost ? Level.DEBUG : Level.WARN).setCause(e).log("{} failed", what);
        } catch (InterruptedException e) {
            LOG.debug("{}: the connection is closed", what);
        }
    }

    /**
     * Drops the connections and ends all threads of the session. Calls that wait for a connection end at once; those that the host
     * was asked are waited for, for half a minute at most and never longer than one call may take. One that the host has not answered
     * then ends when it does, with its thread. Closing twice does nothing.
     */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            events.shutdownNow();
            connector.shutdownNow();
            List<Runnable> waiting = new ArrayList<>();
            for (ThreadPoolExecutor threads : List.of(questions, changes)) {
                threads.shutdown();
                threads.getQueue().drainTo(waiting);
            }
            waiting.forEach(call -> ((Future<?>) call).cancel(false));
            links.close();
            awaitEnd();
            route.close();
            Libvirt.release();
        }
    }

    private void awaitEnd() {
        long end = System.nanoTime() + Math.min(limit.toNanos(), LONGEST_CLOSE.toNanos());
        boolean ended = true;
        try {
            for (ThreadPoolExecutor threads : List.of(connector, questions, changes)) {
                ended &= threads.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            }
            ended &= events.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        if (!ended) {
            LOG.warn("{} still has calls of a connection that was closed; their threads end when it answers", route);
        }
    }

    private <R> R once(Task<R> task) throws LibvirtException, InterruptedException {
        return once(task, () -> true);
    }

    private <R> R once(Task<R> task, BooleanSupplier begins) throws LibvirtException, InterruptedException {
        try (Links.Lease lease = links.lease()) {
            if (!begins.getAsBoolean()) {
                throw new CancellationException("the caller has given up");
            }
            try {
                return task.on(lease.connection());
            } catch (LibvirtException e) {
                if (e.saysUnreachable()) {
                    lease.suspect();
                    reconnection.soon();
                }
                throw e;
            }
        }
    }

    private Links linked() {
        return links;
    }

    private <R> R await(String what, Call<R> call, ThreadPoolExecutor threads, Effect whenLost)
            throws InterruptedException {
        submit(call, threads);
        try {
            return call.task().get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            boolean neverAsked = giveUp(call, threads);
            throw DriverException.because(Failure.TIMED_OUT)
                    .effect(neverAsked ? Effect.NOT_APPLIED : whenLost)
                    .causedBy(e)
                    .message(
                            neverAsked
                                    ? "%s: there was no connection to %s within %d s; nothing was asked of it"
                                    : "%s: %s did not answer within %d s",
                            what,
                            route,
                            limit.toSeconds());
        } catch (InterruptedException e) {
            giveUp(call, threads);
            throw e;
        } catch (CancellationException e) {
            throw new IllegalStateException("the connection is closed", e);
        } catch (ExecutionException e) {
            throw Call.failure(what, e.getCause(), whenLost);
        }
    }

    private static void submit(Call<?> call, ThreadPoolExecutor threads) {
        try {
            threads.execute(call.task());
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("the connection is closed", e);
        }
    }

    /** Takes a call back if the host was not asked yet, and returns whether that is so. */
    private static boolean giveUp(Call<?> call, ThreadPoolExecutor threads) {
        boolean neverAsked = call.takeBack();
        threads.remove(call.task());
        return neverAsked;
    }
}
