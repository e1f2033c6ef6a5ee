package io.hvkit.engine.internal.operation;

import java.time.Duration;
import java.util.concurrent.Executor;

/**
 * How an engine works on operations.
 *
 * @param executor what runs jobs, each for as long as it lasts; never on the thread that asks
 * @param lease how long a lease lasts unless it is renewed: for so long nobody takes over from a process that died
 * @param renewal how often leases are renewed; a small part of {@code lease}
 * @param patience how long an engine that closes waits for steps under way, before it interrupts them, and after
 * @param pause how long to wait before the catalog is asked again
 */
public record Terms(Executor executor, Duration lease, Duration renewal, Duration patience, Duration pause) {

    /** Checks the times. */
    public Terms {
        if (renewal.isNegative() || renewal.isZero() || renewal.multipliedBy(2).compareTo(lease) > 0) {
            throw new IllegalArgumentException(
                    "a lease of " + lease + " is renewed at least twice in its time, not every " + renewal);
        }
        if (pause.toMillis() < 1) {
            throw new IllegalArgumentException("the pause is a millisecond at least, not " + pause);
        }
    }

    /** Returns the usual terms: a daemon thread for each job while it lasts, and leases of thirty seconds. */
    public static Terms usual() {
        return new Terms(
                Terms::ownThread,
                Duration.ofSeconds(30),
                Duration.ofSeconds(8),
                Duration.ofSeconds(10),
                Duration.ofMillis(200));
    }

    /** Returns these terms with another executor. */
    public Terms runBy(Executor other) {
        return new Terms(other, lease, renewal, patience, pause);
    }

    /** Returns these terms with other leases, renewed four times in their length. */
    public Terms leasing(Duration other) {
        return new Terms(executor, other, other.dividedBy(4), patience, pause);
    }

    private static void ownThread(Runnable job) {
        Thread thread = new Thread(job, job.toString());
        thread.setDaemon(true);
        thread.start();
    }
}
