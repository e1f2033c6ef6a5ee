package io.hvkit.catalog.jdbc.internal;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** Moments as databases keep them, to the nanosecond: how many nanoseconds after 1970 began they are. */
final class Moments {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private Moments() {}

    static long nanos(Instant moment) {
        try {
            // Before 1970 the seconds are rounded down, so that one less fits than the sum does.
            long seconds = moment.getEpochSecond();
            return seconds >= 0
                    ? Math.addExact(Math.multiplyExact(seconds, SECOND), moment.getNano())
                    : Math.addExact(Math.multiplyExact(seconds + 1, SECOND), moment.getNano() - SECOND);
        } catch (ArithmeticException e) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .causedBy(e)
                    .message("%s cannot be kept; moments are from the year 1678 to 2261", moment);
        }
    }

    static Instant of(long nanos) {
        return Instant.ofEpochSecond(Math.floorDiv(nanos, SECOND), Math.floorMod(nanos, SECOND));
    }
}
