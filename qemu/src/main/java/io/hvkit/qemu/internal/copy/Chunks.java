package io.hvkit.qemu.internal.copy;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** A range, handed out piece by piece in order, cut at multiples of a size. Safe for any number of threads. */
final class Chunks {

    private final long from;
    private final long to;
    private final int size;
    private final AtomicLong next;

    private Chunks(long from, long to, int size) {
        this.from = from;
        this.to = to;
        this.size = size;
        this.next = new AtomicLong(from / size);
    }

    /** A piece. */
    record Chunk(long at, int length) {}

    static Chunks of(long from, long to, int size) {
        return new Chunks(from, to, size);
    }

    /** Returns the next piece; nothing if there is none left. */
    Optional<Chunk> next() {
        long number = next.getAndIncrement();
        long start = Math.max(from, number * size);
        long end = Math.min(to, (number + 1) * size);
        return start < end ? Optional.of(new Chunk(start, (int) (end - start))) : Optional.empty();
    }

    /** Returns how many pieces there are. */
    long count() {
        return from >= to ? 0 : (to - 1) / size - from / size + 1;
    }
}
