package io.hvkit.qemu.download;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.OptionalLong;

/** The bytes after the head, to the end that the server announced. An earlier end is an {@link EOFException}. */
final class HttpBody {

    private static final int LONGEST_LINE = 4096;
    private static final int MOST_TRAILERS = 100;
    private static final int MOST_DIGITS = 15;

    private final InputStream in;
    private final boolean chunked;
    /** Of the body, or of the chunk; negative if only the end of the connection ends it. */
    private long left;

    private boolean begun;
    private boolean ended;

    private HttpBody(InputStream in, boolean chunked, long left) {
        this.in = in;
        this.chunked = chunked;
        this.left = left;
    }

    static HttpBody of(HttpHead head, InputStream in) throws IOException {
        OptionalLong length = head.bodyLength();
        return new HttpBody(in, head.isChunked(), head.isChunked() ? 0 : length.orElse(-1));
    }

    /** Fills some of {@code buffer} and returns how much; -1 at the end. */
    int read(byte[] buffer) throws IOException {
        if (chunked && left == 0 && !ended) {
            nextChunk();
        }
        if (ended || left == 0) {
            return -1;
        }
        int count = in.read(buffer, 0, left < 0 ? buffer.length : (int) Math.min(left, buffer.length));
        if (count < 0) {
            if (left > 0) {
                throw new EOFException("the server ends the connection in the middle of the image");
            }
            ended = true;
            return -1;
        }
        left -= left < 0 ? 0 : count;
        return count;
    }

    private void nextChunk() throws IOException {
        if (begun && !line().isEmpty()) {
            throw new IOException("the server sends more than it said in a chunk");
        }
        begun = true;
        String size = line().split(";", 2)[0].strip();
        if (!size.matches("[0-9a-fA-F]{1," + MOST_DIGITS + "}")) {
            throw new IOException("the server sends a chunk whose size is no number");
        }
        left = Long.parseLong(size, 16);
        if (left == 0) {
            ended = true;
            for (int trailers = 0; !line().isEmpty(); trailers++) {
                if (trailers == MOST_TRAILERS) {
                    throw new IOException("the server sends more than " + MOST_TRAILERS + " trailers");
                }
            }
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the server ends the connection in the middle of the image");
            }
            if (line.length() == LONGEST_LINE) {
                throw new IOException("the server sends a line that does not end");
            }
            line.append((char) next);
        }
        return line.toString().strip();
    }
}
