package io.hvkit.powerflex.simulator.control;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The time of the simulator: tokens age by it, removals and migrations end by it, devices appear by it. It runs with the
 * machine's clock until it is stopped, and may be put forward at any time, running or not; it never goes back. Many threads
 * may use it.
 */
public final class SimulatorClock implements InstantSource {

    private final ReentrantLock lock = new ReentrantLock();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private Duration ahead = Duration.ZERO;
    private boolean running;
    private Instant stoppedAt = Instant.EPOCH;

    private SimulatorClock(Instant stoppedAt, boolean running) {
        this.stoppedAt = stoppedAt;
        this.running = running;
    }

    /** Returns a clock that runs. */
    public static SimulatorClock running() {
        return new SimulatorClock(Instant.EPOCH, true);
    }

    /** Returns a clock that stands still at the present and moves by {@link #advance} alone. */
    public static SimulatorClock stopped() {
        return new SimulatorClock(InstantSource.system().instant(), false);
    }

    /** Returns what time it is. */
    @Override
    public Instant instant() {
        lock.lock();
        try {
            return running ? InstantSource.system().instant().plus(ahead) : stoppedAt;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Puts the clock forward. When this returns, everything has happened that was due by then.
     *
     * @throws IllegalArgumentException if the step is negative
     */
    public void advance(Duration step) {
        if (step.isNegative()) {
            throw new IllegalArgumentException("the clock does not go back: " + step);
        }
        lock.lock();
        try {
            ahead = ahead.plus(step);
            stoppedAt = stoppedAt.plus(step);
        } finally {
            lock.unlock();
        }
        listeners.forEach(Runnable::run);
    }

    /** Stops the clock; does nothing if it stands already. */
    public void stop() {
        lock.lock();
        try {
            stoppedAt = instant();
            running = false;
        } finally {
            lock.unlock();
        }
    }

    /** Lets the clock run on from where it stands; does nothing if it runs already. */
    public void start() {
        lock.lock();
        try {
            if (!running) {
                ahead = Duration.between(InstantSource.system().instant(), stoppedAt);
                running = true;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Has {@code listener} called after each step of {@link #advance}, on the thread that made it. */
    public void onAdvance(Runnable listener) {
        listeners.add(listener);
    }

    /** Has it called no more. */
    public void forget(Runnable listener) {
        listeners.remove(listener);
    }
}
