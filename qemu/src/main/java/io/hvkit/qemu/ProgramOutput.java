package io.hvkit.qemu;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** One output stream of a program: kept up to a bound, told piece by piece, never blocking. For one thread. */
final class ProgramOutput {

    private static final int MOST_KEPT = 1 << 20;
    private static final int LONGEST_PIECE = 1 << 16;
    private static final int MOST_AT_ONCE = 1 << 16;

    private final InputStream stream;
    private final Consumer<String> listener;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final ByteArrayOutputStream piece = new ByteArrayOutputStream();
    private final byte[] buffer = new byte[8192];
    private long dropped;

    ProgramOutput(InputStream stream, Consumer<String> listener) {
        this.stream = stream;
        this.listener = listener;
    }

    /** Takes what is there now, up to a bound so that two talkative streams take turns; returns whether there was any. */
    boolean fetch() {
        int fetched = 0;
        try {
            while (fetched < MOST_AT_ONCE && stream.available() > 0) {
                int count = stream.read(buffer, 0, Math.min(buffer.length, stream.available()));
                if (count <= 0) {
                    break;
                }
                take(count);
                fetched += count;
            }
        } catch (IOException e) {
            return fetched > 0; // the pipe is closed: nothing more will come, and the exit code tells the rest
        }
        return fetched > 0;
    }

    /** Takes what a program that has ended left in the pipe; a child of it that goes on writing is not waited for. */
    void finish() {
        int turns = 0;
        while (turns < MOST_KEPT / MOST_AT_ONCE && fetch()) {
            turns++;
        }
        tell();
    }

    String text() {
        return kept.toString(StandardCharsets.UTF_8);
    }

    long dropped() {
        return dropped;
    }

    private void take(int count) {
        int room = Math.min(count, MOST_KEPT - kept.size());
        kept.write(buffer, 0, room);
        dropped += count - room;
        for (int i = 0; i < count; i++) {
            if (buffer[i] == '\n' || buffer[i] == '\r') {
                tell();
            } else if (piece.size() < LONGEST_PIECE) {
                piece.write(buffer[i]);
            }
        }
    }

    private void tell() {
        if (piece.size() > 0) {
            String text = piece.toString(StandardCharsets.UTF_8);
            piece.reset();
            listener.accept(text);
        }
    }
}
