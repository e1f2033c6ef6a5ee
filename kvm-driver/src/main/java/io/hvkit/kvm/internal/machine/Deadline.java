package io.hvkit.kvm.internal.machine;

import java.time.Duration;

/** A moment by which something is to have happened. */
final class Deadline {

    /** Who waits for longer waits for ever. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final long at;

    private Deadline(long at) {
        this.at = at;
    }

    /** Returns the moment after that time from now on, however long it is. */
    static Deadline after(Duration time) {
        Duration possible = time.compareTo(LONGEST) < 0 ? time : LONGEST;
        return new Deadline(System.nanoTime() + possible.toNanos());
    }

    boolean isOver() {
        return at - System.nanoTime() <= 0;
    }

    /** Returns how much time is left, at most that; nothing is left of what is over. */
    Duration left(Duration most) {
        return Duration.ofNanos(Math.max(0, Math.min(at - System.nanoTime(), most.toNanos())));
    }
}
