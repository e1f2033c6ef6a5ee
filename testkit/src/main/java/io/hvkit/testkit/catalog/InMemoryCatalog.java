package io.hvkit.testkit.catalog;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.time.InstantSource;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A catalog that keeps everything in memory, and loses it with the process; for tests. Several may share what is kept, as the processes
 * of one installation do: see {@link #another}.
 *
 * <p>Transactions run one after the other. Work is run once, or, to find work that does not bear being run again, twice: see {@link
 * #rerunning}.
 */
public final class InMemoryCatalog implements Catalog {

    private enum Runs {
        ONCE,
        TWICE
    }

    /** What several catalogs share. */
    private static final class Store {
        private final ReentrantLock lock = new ReentrantLock(true);
        private MemoryState kept = MemoryState.EMPTY;
    }

    private final Store store;
    private final InstantSource clock;
    private final Runs runs;
    private volatile boolean closed;

    private InMemoryCatalog(Store store, InstantSource clock, Runs runs) {
        this.store = store;
        this.clock = clock;
        this.runs = runs;
    }

    /** Returns an empty catalog whose journal tells the time by {@code clock}. */
    public static InMemoryCatalog on(InstantSource clock) {
        return new InMemoryCatalog(new Store(), clock, Runs.ONCE);
    }

    /** Returns an empty catalog whose clock is the system's. */
    public static InMemoryCatalog empty() {
        return on(InstantSource.system());
    }

    /** Returns a catalog with what this one keeps that runs all work twice; what it did the first time is forgotten. */
    public InMemoryCatalog rerunning() {
        return new InMemoryCatalog(store, clock, Runs.TWICE);
    }

    /** Returns another catalog with what this one keeps, as another process would have it; each is closed by itself. */
    public InMemoryCatalog another() {
        return new InMemoryCatalog(store, clock, runs);
    }

    @Override
    public <T> T inTransaction(Work<T> work) throws InterruptedException {
        if (store.lock.isHeldByCurrentThread()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("this thread is in a transaction already; do all of the work in that one");
        }
        store.lock.lockInterruptibly();
        try {
            if (closed) {
                throw DriverException.because(Failure.INVALID_REQUEST).message("the catalog is closed");
            }
            if (runs == Runs.TWICE) {
                run(work, store.kept.copy());
            }
            MemoryState mine = store.kept.copy();
            T result = run(work, mine);
            store.kept = mine;
            return result;
        } finally {
            store.lock.unlock();
        }
    }

    private <T> T run(Work<T> work, MemoryState state) {
        try (MemoryTransaction transaction = new MemoryTransaction(state, clock)) {
            return work.run(transaction);
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
