package io.hvkit.qemu.internal.copy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Threads that share out the chunks of one range. None is left when the work ends, however it ends. */
final class Gang {

    private static final long GLANCE_MILLIS = 50;

    private final int threads;
    private final Pace pace;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final AtomicLong done = new AtomicLong();

    Gang(int threads, Pace pace) {
        this.threads = threads;
        this.pace = pace;
    }

    /** What one thread does. Made, used and closed by that thread. */
    interface Worker extends AutoCloseable {

        void on(Chunks.Chunk chunk) throws IOException;

        @Override
        void close();
    }

    /**
     * Does all of a range.
     *
     * @throws InterruptedException if the caller was interrupted
     * @throws IOException what a worker threw first; the others have stopped
     */
    void run(Chunks chunks, Watch watch, Supplier<Worker> workers) throws IOException, InterruptedException {
        int needed = (int) Math.min(threads, chunks.count());
        CountDownLatch left = new CountDownLatch(needed);
        List<Thread> started = new ArrayList<>();
        try {
            for (int i = 0; i < needed; i++) {
                Thread thread = new Thread(() -> work(chunks, workers, left), "hvkit-copy-" + i);
                thread.setDaemon(true);
                thread.start();
                started.add(thread);
            }
            while (!left.await(GLANCE_MILLIS, TimeUnit.MILLISECONDS)) {
                watch.seen(done.get());
            }
        } finally {
            stop.countDown();
            joinAll(started);
        }
        rethrow();
        watch.seen(done.get());
    }

    private void work(Chunks chunks, Supplier<Worker> workers, CountDownLatch left) {
        try (Worker worker = workers.get()) {
            for (Optional<Chunks.Chunk> next = chunks.next();
                    next.isPresent() && !stopped(pace.take(next.get().length()));
                    next = chunks.next()) {
                worker.on(next.get());
                done.addAndGet(next.get().length());
            }
        } catch (Throwable e) { // told to the caller by rethrow
            failure.compareAndSet(null, e);
            stop.countDown();
        } finally {
            left.countDown();
        }
    }

    /** Waits for so long, unless the work is to stop; returns whether it is. */
    private boolean stopped(long nanos) throws InterruptedException {
        return stop.await(Math.max(0, nanos), TimeUnit.NANOSECONDS);
    }

    /** A chunk takes no longer than the disk, and keys must not be wiped under the threads that use them. */
    private static void joinAll(List<Thread> threads) {
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void rethrow() throws IOException {
        Throwable thrown = failure.get();
        if (thrown instanceof IOException e) {
            throw e;
        }
        if (thrown instanceof Error e) {
            throw e;
        }
        if (thrown != null) {
            throw new IllegalStateException("a thread that copied failed", thrown);
        }
    }
}
