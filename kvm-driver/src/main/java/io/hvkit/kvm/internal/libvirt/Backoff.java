package io.hvkit.kvm.internal.libvirt;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before each further try: twice as long as before up to a limit, and by chance up to half of that less, so that
 * many who lost the same host do not come back at the same moment. For one thread.
 */
final class Backoff {

    static final Duration FIRST = Duration.ofMillis(100);
    static final Duration LONGEST = Duration.ofSeconds(5);

    private final RandomGenerator random;
    private Duration next = FIRST;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    /** Returns the pause before the next try. */
    Duration pause() {
        long most = next.toMillis();
        Duration doubled = next.multipliedBy(2);
        next = doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
        return Duration.ofMillis(most - random.nextLong(most / 2 + 1));
    }
}
