package io.hvkit.testkit.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** The end of a log. */
public final class Tail {

    private static final int MOST_BYTES = 16_384;

    private Tail() {}

    /** Returns at most {@code lines} lines from the end of {@code file}, or why they cannot be read: reporting never fails. */
    public static String of(Path file, int lines) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer buffer = ByteBuffer.allocate(MOST_BYTES);
            long position = Math.max(0, channel.size() - MOST_BYTES);
            while (buffer.hasRemaining()) {
                int count = channel.read(buffer, position);
                if (count < 0) {
                    break;
                }
                position += count;
            }
            List<String> all = new String(buffer.array(), 0, buffer.position(), StandardCharsets.ISO_8859_1)
                    .lines()
                    .toList();
            return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
        } catch (IOException e) {
            return "(" + file + " cannot be read: " + e + ")";
        }
    }
}
