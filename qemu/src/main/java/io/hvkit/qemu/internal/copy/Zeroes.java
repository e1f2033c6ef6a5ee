package io.hvkit.qemu.internal.copy;

import java.util.Arrays;

/** Finds zeroes. */
final class Zeroes {

    /** What is looked at at a time: the least that a file system leaves out. */
    static final int GRANULE = 4096;

    private static final byte[] NOTHING = new byte[GRANULE];

    private Zeroes() {}

    /** Zeroes from {@code from} up to {@code to}. */
    record Run(int from, int to) {}

    /**
     * Returns the first run of zeroes, in whole granules but for the end.
     *
     * @param from where to look, a multiple of the granule
     * @param end where to stop
     * @param least how long it is at least
     * @return one that begins at {@code end} if there is none
     */
    static Run next(byte[] bytes, int from, int end, int least) {
        int at = from;
        while (at < end) {
            int to = at;
            while (to < end && isZero(bytes, to, Math.min(end, to + GRANULE))) {
                to = Math.min(end, to + GRANULE);
            }
            if (to - at >= least) {
                return new Run(at, to);
            }
            at = Math.min(end, to + GRANULE);
        }
        return new Run(end, end);
    }

    private static boolean isZero(byte[] bytes, int from, int to) {
        return Arrays.equals(bytes, from, to, NOTHING, 0, to - from);
    }
}
