package io.hvkit.engine.internal.volume;

import io.hvkit.core.MachineId;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Whose turn it is to ask a host about a machine: one call at a time about each, as the SPI asks of its callers. Operations on several
 * volumes of one machine run at once, and each waits for its turn; between their calls there is nothing to wait for.
 */
public final class MachineTurns {

    private static final int STRIPES = 64;

    private final List<ReentrantLock> locks =
            Stream.generate(ReentrantLock::new).limit(STRIPES).toList();

    /** Something asked about a machine. */
    @FunctionalInterface
    public interface Call<T> {
        /** Asks it. */
        T run() throws InterruptedException;
    }

    /** Makes a call when it is its turn. */
    public <T> T take(MachineId machine, Call<T> call) throws InterruptedException {
        ReentrantLock lock = locks.get(Math.floorMod(machine.hashCode(), STRIPES));
        lock.lockInterruptibly();
        try {
            return call.run();
        } finally {
            lock.unlock();
        }
    }
}
