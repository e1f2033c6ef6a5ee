package io.hvkit.testkit;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for things that nobody announces, by looking at them again and again until a deadline. */
public final class Await {

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** What is waited for. */
    @FunctionalInterface
    public interface Condition {
        /** Returns whether it has come about; called some fifty times a second. */
        boolean holds() throws InterruptedException;
    }

    private Await() {}

    /**
     * Returns once {@code condition} holds; looks at least once.
     *
     * @param what the event, as the subject of a sentence: "the guest's first write"
     * @throws DriverException with {@code TIMED_OUT}, naming {@code what}, if it does not hold within {@code limit}
     */
    public static void until(String what, Duration limit, Condition condition) throws InterruptedException {
        until(what, limit, condition, () -> "");
    }

    /**
     * Returns once {@code condition} holds; looks at least once.
     *
     * @param what the event, as the subject of a sentence: "the guest's first write"
     * @param details asked once, after the deadline, for what helps to find the reason
     * @throws DriverException with {@code TIMED_OUT}, naming {@code what} and the details, if it does not hold within
     *     {@code limit}
     */
    public static void until(String what, Duration limit, Condition condition, Supplier<String> details)
            throws InterruptedException {
        long start = System.nanoTime();
        while (!condition.holds()) {
            if (System.nanoTime() - start > limit.toNanos()) {
                String more = details.get();
                throw DriverException.because(Failure.TIMED_OUT)
                        .message("%s did not come about within %s%s", what, limit, more.isEmpty() ? "" : ":\n" + more);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while waiting for " + what);
            }
        }
    }
}
