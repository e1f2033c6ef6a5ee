package io.hvkit.qemu.qmp;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/** Cuts a stream of bytes, however it comes in pieces, into lines of bounded length. Not for several threads. */
final class QmpLines {

    /** The longest line that is read, in bytes: the answers that describe all of qemu's types have some hundred thousand. */
    static final int LONGEST = 1 << 24;

    private static final int SMALLEST = 1 << 13;

    private byte[] bytes = new byte[SMALLEST];
    private int start;
    private int end;
    /** Up to here there is no line feed. */
    private int searched;

    /** Adds a piece. */
    void add(ByteBuffer piece) {
        int length = piece.remaining();
        if (end + length > bytes.length) {
            int held = end - start;
            byte[] room = held + length > bytes.length ? new byte[Math.max(2 * bytes.length, held + length)] : bytes;
            System.arraycopy(bytes, start, room, 0, held);
            bytes = room;
            searched -= start;
            start = 0;
            end = held;
        }
        piece.get(bytes, end, length);
        end += length;
    }

    /**
     * Returns the next whole line without its end, valid until the next piece is added.
     *
     * @throws QmpViolation if a line is longer than {@link #LONGEST}
     */
    Optional<ByteBuffer> next() throws QmpViolation {
        while (searched < end && bytes[searched] != '\n') {
            searched++;
        }
        if (searched - start > LONGEST) {
            throw new QmpViolation("a line of more than " + LONGEST + " bytes");
        }
        if (searched == end) {
            shrink();
            return Optional.empty();
        }
        int length = searched - start;
        if (length > 0 && bytes[searched - 1] == '\r') {
            length--;
        }
        ByteBuffer line = ByteBuffer.wrap(bytes, start, length);
        searched++;
        start = searched;
        return Optional.of(line);
    }

    /** Returns how many bytes of a line that has not ended are here. */
    int unfinished() {
        return end - start;
    }

    private void shrink() {
        if (start == end && bytes.length > SMALLEST) {
            bytes = Arrays.copyOf(bytes, SMALLEST);
            start = 0;
            end = 0;
            searched = 0;
        }
    }
}
