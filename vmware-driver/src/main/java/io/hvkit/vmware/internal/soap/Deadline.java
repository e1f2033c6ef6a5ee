package io.hvkit.vmware.internal.soap;

import java.time.Duration;

/** The moment by which a call has ended, whatever it does. */
public final class Deadline {

    private final long end;

    private Deadline(long end) {
        this.end = end;
    }

    /** Returns the deadline that far from now. */
    public static Deadline in(Duration span) {
        return new Deadline(System.nanoTime() + span.toNanos());
    }

    /** Returns this one, or the one that far from now, if that is earlier. */
    Deadline within(Duration span) {
        Deadline other = in(span);
        return other.end - end < 0 ? other : this;
    }

    /** Returns what is left; never less than a millisecond, since clients take no less. */
    public Duration left() {
        return Duration.ofNanos(Math.max(1_000_000, end - System.nanoTime()));
    }

    /** Returns whether it has come. */
    public boolean isOver() {
        return end - System.nanoTime() <= 0;
    }
}
