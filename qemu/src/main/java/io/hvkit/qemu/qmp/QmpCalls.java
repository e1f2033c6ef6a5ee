package io.hvkit.qemu.qmp;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The commands of one connection that are to be written, or have no answer yet. Guarded by the connection's lock. */
final class QmpCalls {

    private static final Logger LOG = LoggerFactory.getLogger(QmpCalls.class);
    private static final int MOST = 4096;

    /** What becomes of answers to commands that are not of this connection. */
    enum Strangers {
        PASSED_OVER,
        REFUSED
    }

    private final Path socket;
    private final String prefix = "hvkit-" + UUID.randomUUID().toString().substring(0, 8) + "-";
    private final Map<String, QmpCall> unanswered = new HashMap<>();
    private final Deque<QmpCall> unsent = new ArrayDeque<>();
    private Optional<IOException> unwritable = Optional.empty();
    private long lastId;

    QmpCalls(Path socket) {
        this.socket = socket;
    }

    /**
     * Returns a command under a new id, to be written.
     *
     * @throws DriverException with {@code EXHAUSTED} if too many have no answer
     */
    QmpCall add(QmpCommand command) {
        if (unanswered.size() == MOST) {
            throw DriverException.because(Failure.EXHAUSTED)
                    .message("%s was not sent: %d commands have no answer yet from %s", command, MOST, socket);
        }
        lastId++;
        QmpCall call = new QmpCall(command, prefix + lastId);
        unanswered.put(call.id(), call);
        unsent.add(call);
        return call;
    }

    /** Takes a command back that has not begun to be written; of others, the answer is dropped when it comes. */
    void abandon(QmpCall call) {
        call.abandon();
        if (!call.hasBegun() && unsent.remove(call)) {
            unanswered.remove(call.id());
        }
    }

    /** Writes what there is room for. */
    void flush(QmpWire wire) {
        try {
            while (!unsent.isEmpty() && unwritable.isEmpty()) {
                wire.write(unsent.element().unsent());
                if (unsent.element().unsent().hasRemaining()) {
                    return;
                }
                unsent.remove();
            }
        } catch (IOException e) {
            unwritable = Optional.of(e);
        }
    }

    /** Returns whether something waits for room to be written. */
    boolean wantRoom() {
        return !unsent.isEmpty() && unwritable.isEmpty();
    }

    /** Returns why nothing can be written any more; there may still be something to read. */
    Optional<IOException> unwritable() {
        return unwritable;
    }

    /** Hands an answer to who waits for it. */
    void answered(QmpValue message, Strangers strangers) throws QmpViolation {
        boolean failed = message.names().contains("error");
        if (failed == message.names().contains("return")) {
            throw new QmpViolation("a message that is neither an event nor an answer");
        }
        Optional<QmpValue> id = message.find("id");
        if (failed && id.isEmpty()) {
            throw new QmpViolation("an error that belongs to no command: "
                    + message.at("error").at("desc").text());
        }
        QmpCall call = id.map(value -> unanswered.remove(value.text())).orElse(null);
        if (call != null && !call.unsent().hasRemaining()) {
            call.answered(message);
        } else if (strangers == Strangers.REFUSED) {
            throw new QmpViolation("an answer to what was not asked, or was answered already");
        } else {
            LOG.debug("{} still had an answer for a client that left", socket);
        }
    }
}
