package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.Catalog;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The death of a process in tests: at one of the moments at which it meets its catalog or the outside world, and at all that come after.
 */
public final class Fuse {

    /** What a dead process throws wherever it turns. */
    public static final class Crash extends Error {
        private static final long serialVersionUID = 1L;
    }

    /** What a process ends with that kills itself. */
    public static final int KILLED = 77;

    private final int moment;
    private final Runnable death;
    private final AtomicInteger moments = new AtomicInteger();

    private Fuse(int moment, Runnable death) {
        this.moment = moment;
        this.death = death;
    }

    /** Returns one that burns at the given moment, counted from 1. */
    public static Fuse burningAt(int moment) {
        return new Fuse(moment, () -> {
            throw new Crash();
        });
    }

    /** Returns one that kills the whole process at the given moment, as {@code kill -9} does. */
    public static Fuse haltingAt(int moment) {
        return new Fuse(moment, () -> Runtime.getRuntime().halt(KILLED));
    }

    /** Returns one that does something at each moment; it may throw. */
    public static Fuse atEach(Runnable happening) {
        return new Fuse(1, happening);
    }

    /** Returns one that never burns, and counts the moments. */
    public static Fuse counting() {
        return burningAt(Integer.MAX_VALUE);
    }

    public int moments() {
        return moments.get();
    }

    /** A moment has come. */
    public void burn() {
        if (moments.incrementAndGet() >= moment) {
            death.run();
        }
    }

    /** Returns a catalog as the process has it. */
    public Catalog around(Catalog catalog) {
        return new Catalog() {
            @Override
            public <T> T inTransaction(Work<T> work) throws InterruptedException {
                burn();
                T result = catalog.inTransaction(work);
                burn();
                return result;
            }

            @Override
            public void close() {
                catalog.close();
            }
        };
    }
}
