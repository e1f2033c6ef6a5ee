package io.hvkit.qemu.download;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.time.Duration;

/** How long a download may stand still, and how long all of it may take. */
final class Patience {

    private final Duration stall;
    private final Duration whole;
    private final long start = System.nanoTime();

    Patience(Duration stall, Duration whole) {
        this.stall = stall;
        this.whole = whole;
    }

    /**
     * Returns how long the next wait may be, in milliseconds, at least one.
     *
     * @throws DriverException with {@code TIMED_OUT} if all time is used up
     */
    int nextWait() {
        return (int) Math.max(1, Math.min(Math.min(stall.toMillis(), left().toMillis()), Integer.MAX_VALUE));
    }

    /** Returns what is left of the whole; fails as {@link #nextWait} does. */
    Duration left() {
        Duration left = whole.minusNanos(System.nanoTime() - start);
        if (left.isNegative() || left.isZero()) {
            throw DriverException.because(Failure.TIMED_OUT)
                    .effect(Effect.NOT_APPLIED)
                    .message("the download takes longer than %s, which is its limit", whole);
        }
        return left;
    }

    Duration stall() {
        return stall;
    }
}
