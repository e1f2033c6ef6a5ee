package io.hvkit.qemu.qmp;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The events that have come since this was made, in order, each of them once. Made before a command is sent, it misses nothing
 * that the command brings about. Safe for any number of threads, among which the events are shared out.
 *
 * <p>It keeps {@link #ROOM} events. When more come than are taken, the newest are dropped, and the next call that finds the
 * others taken fails with {@code EXHAUSTED}: then look, as with {@code query-jobs}, and go on.
 */
public final class QmpEvents implements AutoCloseable {

    /** How many events are kept for those who come late. */
    public static final int ROOM = 1024;

    private final QmpConnection connection;
    private final Set<String> names;

    // All below is guarded by the connection's lock.
    private final Deque<QmpEvent> kept = new ArrayDeque<>();
    private long dropped;
    private boolean closed;

    QmpEvents(QmpConnection connection, Set<String> names) {
        this.connection = connection;
        this.names = names;
    }

    /**
     * Waits for an event that is wanted and returns it; those before it are passed over.
     *
     * @throws DriverException with {@code TIMED_OUT} if none has come within the limit, {@code EXHAUSTED} if events were
     *     dropped, {@code UNREACHABLE} if the connection has ended, {@code INVALID_REQUEST} if this is closed
     */
    public QmpEvent await(Predicate<? super QmpEvent> wanted, Duration limit) throws InterruptedException {
        Deadline deadline = Deadline.in(limit);
        Optional<QmpEvent> event = next(deadline);
        while (event.isPresent() && !wanted.test(event.get())) {
            event = next(deadline);
        }
        return event.orElseThrow(() -> DriverException.because(Failure.TIMED_OUT)
                .effect(Effect.NOT_APPLIED)
                .message("no such event has come within %s", limit));
    }

    /**
     * Returns the next event, or nothing if none has come within the limit; {@link Duration#ZERO} asks for what is there.
     *
     * @throws DriverException with {@code EXHAUSTED} if events were dropped, {@code UNREACHABLE} if the connection has ended,
     *     {@code INVALID_REQUEST} if this is closed
     */
    public Optional<QmpEvent> next(Duration limit) throws InterruptedException {
        return next(Deadline.in(limit));
    }

    /** Stops keeping events; whoever waits is told. Closing twice does nothing. */
    @Override
    public void close() {
        connection.remove(this);
    }

    /** Called with the connection's lock held. */
    void heard(QmpEvent event) {
        if (!names.isEmpty() && !names.contains(event.name())) {
            return;
        }
        if (kept.size() == ROOM) {
            dropped++;
        } else {
            kept.add(event);
        }
    }

    /** Called with the connection's lock held. */
    void ended() {
        closed = true;
        kept.clear();
    }

    Optional<QmpEvent> next(Deadline deadline) throws InterruptedException {
        return connection.await(this::take, deadline);
    }

    private Optional<QmpEvent> take() {
        if (closed) {
            throw DriverException.because(Failure.INVALID_REQUEST).message("these events are closed; subscribe again");
        }
        if (kept.isEmpty() && dropped > 0) {
            long lost = dropped;
            dropped = 0;
            throw DriverException.because(Failure.EXHAUSTED)
                    .message("%d events were dropped, since %d waited already; look how things stand", lost, ROOM);
        }
        return Optional.ofNullable(kept.poll());
    }
}
