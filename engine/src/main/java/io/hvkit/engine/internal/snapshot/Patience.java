package io.hvkit.engine.internal.snapshot;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.time.Duration;

/** Work on images that somebody else may have open for a while yet: the program of a process that was killed may not have ended. */
final class Patience {

    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private Patience() {}

    /** Something that may be begun again. */
    @FunctionalInterface
    interface Work {
        void run() throws InterruptedException;
    }

    /** Does it, again and again for a while if what it needs is in use. */
    static void with(Work work) throws InterruptedException {
        long start = System.nanoTime();
        while (true) {
            try {
                work.run();
                return;
            } catch (DriverException e) {
                if (e.failure() != Failure.IN_USE || System.nanoTime() - start > LONGEST.toNanos()) {
                    throw e;
                }
                Thread.sleep(PAUSE.toMillis());
            }
        }
    }
}
