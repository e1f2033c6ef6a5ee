package io.hvkit.testkit.canary;

import java.util.List;
import java.util.function.Consumer;

/** Needles, found quickly by their first two bytes. Immutable but for the wiping of the needles. */
final class Index {

    private final List<Needle> needles;
    private final boolean[] firstTwo = new boolean[65_536];
    private final int longest;

    Index(List<Needle> needles) {
        this.needles = List.copyOf(needles);
        this.longest =
                needles.stream().mapToInt(needle -> needle.bytes().length).max().orElse(1);
        needles.forEach(needle -> firstTwo[key(needle.bytes(), 0)] = true);
    }

    private static int key(byte[] hay, int offset) {
        return (hay[offset] & 0xff) << 8 | (hay[offset + 1] & 0xff);
    }

    int longest() {
        return longest;
    }

    /** Returns whether a needle may begin at {@code offset}. */
    boolean maybeAt(byte[] hay, int offset) {
        return firstTwo[key(hay, offset)];
    }

    /** Tells of each needle that begins at {@code offset} and ends before {@code end}. */
    void at(byte[] hay, int offset, int end, Consumer<Needle> hit) {
        for (Needle needle : needles) {
            if (needle.at(hay, offset, end)) {
                hit.accept(needle);
            }
        }
    }

    void wipe() {
        needles.forEach(Needle::wipe);
    }
}
