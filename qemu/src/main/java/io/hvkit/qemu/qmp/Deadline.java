package io.hvkit.qemu.qmp;

import java.time.Duration;

/** A moment, by the clock that nobody sets. */
final class Deadline {

    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final long moment;

    private Deadline(long moment) {
        this.moment = moment;
    }

    static Deadline in(Duration limit) {
        Duration bounded = limit.compareTo(LONGEST) > 0 ? LONGEST : limit;
        return new Deadline(System.nanoTime() + bounded.toNanos());
    }

    /** Returns how many nanoseconds are left; zero when it has passed. */
    long left() {
        return Math.max(0, moment - System.nanoTime());
    }

    boolean hasPassed() {
        return left() == 0;
    }
}
