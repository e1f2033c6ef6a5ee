package io.hvkit.qemu.qmp;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection and all who wait at it. It has no thread of its own: of those who wait, one reads for all, and hands that over
 * to another when it has what it came for. While nobody waits nobody reads, and what comes stays where the system keeps it.
 */
final class QmpConnection {

    private static final Logger LOG = LoggerFactory.getLogger(QmpConnection.class);

    private final Path socket;
    private final QmpWire wire;
    private final QmpLines lines = new QmpLines();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // All below is guarded by the lock.
    private final QmpCalls calls;
    private final List<QmpEvents> listeners = new ArrayList<>();
    private Optional<QmpValue> greeting = Optional.empty();
    private Optional<QmpEnd> end = Optional.empty();
    private boolean reading;
    private boolean negotiated;

    QmpConnection(Path socket, QmpWire wire) {
        this.socket = socket;
        this.wire = wire;
        this.calls = new QmpCalls(socket);
    }

    /** Returns what the other side says first. */
    QmpValue greeting(Deadline deadline) throws InterruptedException {
        return await(() -> greeting, deadline)
                .orElseThrow(() -> DriverException.because(Failure.TIMED_OUT)
                        .effect(Effect.NOT_APPLIED)
                        .message(
                                "the monitor at %s does not greet; it serves one client at a time, and another one may be"
                                        + " connected",
                                socket));
    }

    /** From now on, an answer to what was never asked is a violation; before, it may be another client's, who left. */
    void negotiated() {
        lock.lock();
        try {
            negotiated = true;
        } finally {
            lock.unlock();
        }
    }

    /** Sends a command and returns the message that answers it. */
    QmpValue execute(QmpCommand command) throws InterruptedException {
        Deadline deadline = Deadline.in(command.limit());
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted before " + command + " was sent");
        }
        QmpCall call = send(command);
        boolean answered = false;
        try {
            Optional<QmpValue> answer = await(call::answer, deadline);
            if (answer.isPresent()) {
                answered = true;
                return answer.get();
            }
        } catch (DriverException e) {
            throw DriverException.because(e.failure())
                    .effect(effectOf(call))
                    .causedBy(e)
                    .message("%s has no answer: %s", command, String.valueOf(e.getMessage()));
        } finally {
            if (!answered) {
                abandon(call);
            }
        }
        throw DriverException.because(Failure.TIMED_OUT)
                .effect(effectOf(call))
                .message(
                        "%s has no answer within %s; %s",
                        command,
                        command.limit(),
                        call.hasBegun() ? "qemu may still do it" : "it could not even be sent, and never will be");
    }

    void add(QmpEvents listener) {
        lock.lock();
        try {
            listeners.add(listener);
        } finally {
            lock.unlock();
        }
    }

    void remove(QmpEvents listener) {
        lock.lock();
        try {
            listeners.remove(listener);
            listener.ended();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    Optional<QmpEnd.Ending> ending() {
        lock.lock();
        try {
            return end.map(QmpEnd::ending);
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            end(new QmpEnd(
                    Failure.UNREACHABLE,
                    QmpEnd.Ending.CLOSED,
                    "the connection to " + socket + " was closed here",
                    Optional.empty()));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until {@code look} finds something, reading for all if nobody else does. What had come before the connection ended
     * is still found.
     *
     * @param look called with the lock held
     * @return nothing if the deadline has passed
     * @throws DriverException if the connection has ended
     */
    <T> Optional<T> await(Supplier<Optional<T>> look, Deadline deadline) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            boolean last = false;
            while (true) {
                Optional<T> found = look.get();
                if (found.isPresent() || last) {
                    return found;
                }
                if (end.isPresent()) {
                    throw end.get().toFailure();
                }
                if (Thread.interrupted()) {
                    throw new InterruptedException("interrupted while waiting for the monitor at " + socket);
                }
                long left = deadline.left();
                last = left == 0;
                if (!reading) {
                    read(left);
                } else if (!last) {
                    changed.awaitNanos(left);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private QmpCall send(QmpCommand command) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            if (end.isPresent()) {
                throw DriverException.because(end.get().failure())
                        .effect(Effect.NOT_APPLIED)
                        .causedBy(end.get().toFailure())
                        .message("%s was not sent: %s", command, end.get().reason());
            }
            QmpCall call = calls.add(command);
            calls.flush(wire);
            if (calls.wantRoom() || calls.unwritable().isPresent()) {
                wire.wake(); // who reads has to wait for room as well, or to find out how the connection ended
            }
            return call;
        } finally {
            lock.unlock();
        }
    }

    /** Takes a command back that has not begun to be written; of others, the answer is dropped when it comes. */
    private void abandon(QmpCall call) {
        lock.lock();
        try {
            calls.abandon(call);
        } finally {
            lock.unlock();
        }
    }

    private Effect effectOf(QmpCall call) {
        lock.lock();
        try {
            return call.hasBegun() ? Effect.UNKNOWN : Effect.NOT_APPLIED;
        } finally {
            lock.unlock();
        }
    }

    /** Lets go of the lock, waits for something to come, and with the lock again hands it out. */
    private void read(long nanos) {
        reading = true;
        boolean broken = calls.unwritable().isPresent();
        wire.expectRoom(calls.wantRoom() ? QmpWire.Room.NEEDED : QmpWire.Room.NOT_NEEDED);
        ByteBuffer piece = ByteBuffer.allocate(0);
        @Nullable IOException trouble = null;
        lock.unlock();
        try {
            wire.await(broken ? 0 : nanos);
            piece = wire.read();
        } catch (IOException e) {
            trouble = e;
        } finally {
            lock.lock();
            reading = false;
            changed.signalAll();
        }
        if (end.isPresent()) {
            return; // somebody closed it meanwhile
        }
        calls.flush(wire);
        if (trouble != null) {
            lost(trouble);
        } else if (piece.hasRemaining()) {
            handOut(piece);
        } else if (broken) {
            calls.unwritable().ifPresent(this::lost); // all that had come before is handed out
        }
    }

    private void lost(IOException e) {
        String cut = lines.unfinished() > 0 ? ", in the middle of a message" : "";
        end(new QmpEnd(
                Failure.UNREACHABLE,
                QmpEnd.Ending.LOST,
                "the connection to " + socket + " was lost" + cut + ": " + e.getMessage(),
                Optional.of(e)));
    }

    private void handOut(ByteBuffer piece) {
        try {
            lines.add(piece);
            for (Optional<ByteBuffer> line = lines.next(); line.isPresent(); line = lines.next()) {
                if (line.get().hasRemaining()) {
                    handOut(QmpJson.parse(line.get()));
                }
            }
        } catch (QmpViolation | DriverException e) {
            end(new QmpEnd(
                    Failure.DEFECT,
                    QmpEnd.Ending.VIOLATED,
                    "the other side of " + socket + " is no monitor that can be trusted, and was left: it sent "
                            + e.getMessage(),
                    Optional.of(e)));
        }
    }

    private void handOut(QmpValue message) throws QmpViolation {
        if (greeting.isEmpty()) {
            greeting = Optional.of(message.find("QMP").orElseThrow(() -> new QmpViolation("no greeting first")));
        } else if (!negotiated && message.find("QMP").isPresent()) {
            LOG.debug("{} greets once more: it was connected to while it set its monitor up", socket);
        } else if (message.find("event").isPresent()) {
            QmpEvent event = QmpEvent.of(message);
            listeners.forEach(listener -> listener.heard(event));
        } else {
            calls.answered(message, negotiated ? QmpCalls.Strangers.REFUSED : QmpCalls.Strangers.PASSED_OVER);
        }
    }

    private void end(QmpEnd reason) {
        if (end.isPresent()) {
            return;
        }
        end = Optional.of(reason);
        changed.signalAll();
        try {
            wire.close();
        } catch (IOException e) {
            LOG.debug("{} did not close well", socket, e);
        }
    }
}
