package io.hvkit.testkit.canary;

import java.util.Arrays;
import java.util.function.ObjLongConsumer;

/** Looks for needles in a stream that comes in chunks, also across the seams. Wipe it after use. */
final class Window {

    private final Index index;
    private final ObjLongConsumer<Needle> hit;
    private final int overlap;
    private byte[] bytes = {};
    private int kept;
    private long start;

    /** Makes one that tells {@code hit} of the needles, with the offset in the stream; of one at a seam perhaps twice. */
    Window(Index index, ObjLongConsumer<Needle> hit) {
        this.index = index;
        this.hit = hit;
        this.overlap = index.longest() - 1;
    }

    void add(byte[] chunk, int length) {
        room(kept + length);
        System.arraycopy(chunk, 0, bytes, kept, length);
        int end = kept + length;
        for (int i = 0; i < end - 1; i++) {
            if (index.maybeAt(bytes, i)) {
                long offset = start + i;
                index.at(bytes, i, end, needle -> hit.accept(needle, offset));
            }
        }
        int keep = Math.min(overlap, end);
        System.arraycopy(bytes, end - keep, bytes, 0, keep);
        start += end - keep;
        kept = keep;
    }

    /** Goes past {@code length} zeroes, if all that came just before were zeroes too: no needle is made of them alone. */
    boolean skipped(int length) {
        for (int i = 0; i < kept; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        int keep = Math.min(overlap, kept + length);
        room(keep);
        Arrays.fill(bytes, 0, keep, (byte) 0);
        start += kept + length - keep;
        kept = keep;
        return true;
    }

    private void room(int length) {
        if (bytes.length < length) {
            byte[] larger = Arrays.copyOf(bytes, length);
            wipe();
            bytes = larger;
        }
    }

    void wipe() {
        Arrays.fill(bytes, (byte) 0);
    }
}
