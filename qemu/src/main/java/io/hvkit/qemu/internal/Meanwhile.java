package io.hvkit.qemu.internal;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * Work that another processor does meanwhile if one is free, and that is done by whoever needs it if none was: nobody waits for work that
 * has not begun, whatever else the embedding process does with the threads that all share. Once it is closed nothing is read or written by
 * it any more, so that what it was lent may be erased.
 *
 * @param <T> what comes out
 */
public final class Meanwhile<T> implements AutoCloseable {

    private final FutureTask<T> work;

    private Meanwhile(FutureTask<T> work) {
        this.work = work;
    }

    /** Begins work that only calculates, or waits for no more than a file. */
    public static <T> Meanwhile<T> begin(Supplier<T> work) {
        FutureTask<T> task = new FutureTask<>(work::get);
        if (ForkJoinPool.getCommonPoolParallelism() > 0) { // with none, what is put there is never taken
            ForkJoinPool.commonPool().execute(task);
        }
        return new Meanwhile<>(task);
    }

    /** Returns what came out, or throws what the work threw. An interruption waits until then. */
    public T result() {
        try {
            return ended();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw new IllegalStateException("nothing else is thrown by a supplier", e);
        }
    }

    /** Returns when the work has ended, however. Closing twice does nothing. */
    @Override
    public void close() {
        try {
            T unused = ended();
        } catch (ExecutionException e) {
            // whoever wanted the result was told
        }
    }

    private T ended() throws ExecutionException {
        work.run(); // nothing happens if somebody has begun
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return work.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
