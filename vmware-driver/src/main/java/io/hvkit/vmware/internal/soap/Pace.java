package io.hvkit.vmware.internal.soap;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How often a client does what nobody asks it for.
 *
 * @param keepAlive after which an idle session is used
 * @param poll how long the vCenter may wait for news of tasks before it says that there are none; whole seconds
 * @param nanos a clock, as {@link System#nanoTime} is one
 */
record Pace(Duration keepAlive, Duration poll, LongSupplier nanos) {

    static final Pace USUAL = new Pace(Duration.ofMinutes(5), Duration.ofSeconds(20), System::nanoTime);

    Pace keptAlive(Duration interval) {
        return new Pace(interval, poll, nanos);
    }

    Pace polling(Duration longest) {
        return new Pace(keepAlive, longest, nanos);
    }

    Pace by(LongSupplier clock) {
        return new Pace(keepAlive, poll, clock);
    }
}
