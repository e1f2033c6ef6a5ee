package io.hvkit.engine.internal.operation;

import java.util.concurrent.Callable;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** How others tell a run to leave off: it sees so between two steps, and an effect that lasts is interrupted. */
final class Signals {

    private final ReentrantLock lock = new ReentrantLock();
    private volatile Stop stop = Stop.NONE;
    private Stop least = Stop.NONE;
    private @Nullable Thread inside;
    private boolean interrupted;

    /** Returns why to leave off. */
    Stop stop() {
        return stop;
    }

    /** Asks the run to leave off before its next step. */
    void raise(Stop why) {
        lock.lock();
        try {
            if (why.compareTo(stop) > 0) {
                stop = why;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Interrupts the effect under way, if what was raised is reason enough. */
    void interrupt() {
        lock.lock();
        try {
            if (inside != null && stop != Stop.NONE && stop.compareTo(least) >= 0 && !interrupted) {
                interrupted = true;
                inside.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Runs an effect on this thread, interruptible meanwhile and not a moment longer.
     *
     * @param reason the least reason to interrupt it
     */
    <T> T interruptible(Stop reason, Callable<T> effect) throws Exception {
        lock.lock();
        try {
            inside = Thread.currentThread();
            least = reason;
            interrupted = false;
        } finally {
            lock.unlock();
        }
        interrupt();
        try {
            return effect.call();
        } finally {
            lock.lock();
            try {
                inside = null;
                if (interrupted && Thread.interrupted()) {
                    interrupted = false;
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
