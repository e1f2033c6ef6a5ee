package io.hvkit.qemu.qmp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A command on its way: bytes to be written, then an answer to come. Guarded by the connection's lock. */
final class QmpCall {

    private final QmpCommand command;
    private final String id;
    private final ByteBuffer bytes;
    private Optional<QmpValue> answer = Optional.empty();
    private boolean abandoned;

    QmpCall(QmpCommand command, String id) {
        this.command = command;
        this.id = id;
        this.bytes = ByteBuffer.wrap((command.toJson(id) + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    QmpCommand command() {
        return command;
    }

    String id() {
        return id;
    }

    /** Returns what is still to be written. */
    ByteBuffer unsent() {
        return bytes;
    }

    /** Returns whether the other side may have seen any of it. */
    boolean hasBegun() {
        return bytes.position() > 0;
    }

    /** Returns the whole message that answers it, if that has come. */
    Optional<QmpValue> answer() {
        return answer;
    }

    /** Keeps the answer, unless nobody waits for it any more. */
    void answered(QmpValue message) {
        if (!abandoned) {
            answer = Optional.of(message);
        }
    }

    /** Nobody waits for the answer any more. */
    void abandon() {
        abandoned = true;
    }
}
