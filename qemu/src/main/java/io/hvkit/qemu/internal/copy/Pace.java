package io.hvkit.qemu.internal.copy;

/** Holds threads back so that together they do no more than so many bytes a second. Safe for any number of threads. */
final class Pace {

    private static final double NANOS = 1e9;

    private final double nanosPerByte;
    private long free = System.nanoTime();

    /** @param perSecond how many bytes a second; zero for as many as can be */
    Pace(long perSecond) {
        this.nanosPerByte = perSecond == 0 ? 0 : NANOS / perSecond;
    }

    /** Takes the time for some bytes and returns how many nanoseconds from now it begins; zero or less to begin at once. */
    synchronized long take(long bytes) {
        long now = System.nanoTime();
        long start = Math.max(now, free);
        free = start + (long) (bytes * nanosPerByte);
        return start - now;
    }
}
