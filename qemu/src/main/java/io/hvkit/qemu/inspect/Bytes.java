package io.hvkit.qemu.inspect;

import io.hvkit.core.ByteSize;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** The bytes of one image during one inspection: bounds are checked, and bytes and time are limited. */
final class Bytes {

    static final int PAGE = 4096;

    /** No format needs more than a fraction of it: LUKS2, the largest, has a header of 4 MiB. */
    private static final long MOST_BYTES = 16 << 20;

    private static final int LARGEST_PIECE = 4 << 20;

    private final ByteSource source;
    private final long length;
    private final long began = System.nanoTime();
    private final Duration limit;
    private final Map<Long, byte[]> pages = new HashMap<>();
    private long read;

    Bytes(ByteSource source, Duration limit) throws InterruptedException {
        this.source = source;
        this.length = source.length().bytes();
        this.limit = limit;
    }

    long length() {
        return length;
    }

    /** Returns the length, for people. */
    String size() {
        return ByteSize.bytes(length).toString();
    }

    /** Returns bytes whose numbers begin with the high byte. */
    ByteBuffer big(long offset, int count) throws InterruptedException {
        return ByteBuffer.wrap(array(offset, count));
    }

    /** Returns bytes whose numbers begin with the low byte. */
    ByteBuffer little(long offset, int count) throws InterruptedException {
        return ByteBuffer.wrap(array(offset, count)).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Returns exactly so many bytes, or ends the reading of the format. */
    byte[] array(long offset, int count) throws InterruptedException {
        if (offset < 0 || offset > length - count) {
            throw Refusal.because(
                    Finding.Kind.TRUNCATED,
                    "%s bytes at byte %s are part of it, and the file ends at byte %s",
                    count,
                    Long.toUnsignedString(offset),
                    length);
        }
        byte[] bytes = some(offset, count);
        if (bytes.length < count) {
            throw Refusal.because(
                    Finding.Kind.TRUNCATED, "the file became shorter than %s bytes while it was read", length);
        }
        return bytes;
    }

    /** Returns whether these bytes are there; never ends anything because of where the file ends. */
    boolean has(long offset, byte[] magic) throws InterruptedException {
        return offset >= 0 && offset <= length - magic.length && Arrays.equals(some(offset, magic.length), magic);
    }

    /** Returns whether this text is there, a byte to each character. */
    boolean has(long offset, String magic) throws InterruptedException {
        return has(offset, magic.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Returns a part of what was read. */
    static byte[] part(ByteBuffer of, int at, int count) {
        byte[] part = new byte[count];
        of.get(at, part);
        return part;
    }

    /** Returns a part of what was read as text, up to the first NUL. */
    static String text(ByteBuffer of, int at, int count, Charset charset) {
        String text = new String(part(of, at, count), charset);
        int end = text.indexOf('\0');
        return end < 0 ? text : text.substring(0, end);
    }

    private byte[] some(long offset, int count) throws InterruptedException {
        long page = offset / PAGE;
        if (count > PAGE || (offset + count - 1) / PAGE != page) {
            return fetch(offset, count);
        }
        byte[] bytes = pages.get(page);
        if (bytes == null) {
            bytes = fetch(page * PAGE, (int) Math.min(PAGE, length - page * PAGE));
            pages.put(page, bytes);
        }
        int at = (int) (offset - page * PAGE);
        return Arrays.copyOfRange(bytes, Math.min(at, bytes.length), Math.min(at + count, bytes.length));
    }

    private byte[] fetch(long offset, int count) throws InterruptedException {
        read += count;
        if (read > MOST_BYTES || count > LARGEST_PIECE) {
            throw Refusal.because(Finding.Kind.UNFINISHED, "it wants more than %s read", ByteSize.bytes(MOST_BYTES));
        }
        if (System.nanoTime() - began > limit.toNanos()) {
            throw Refusal.because(Finding.Kind.UNFINISHED, "its inspection took longer than %s", limit);
        }
        return source.read(offset, count);
    }
}
