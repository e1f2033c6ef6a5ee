package io.hvkit.engine.internal.inventory;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Connections by key, each opened once, by whoever needs it first; others who need the same wait for it, and nobody else does. */
final class OpenOnce<K, C extends AutoCloseable> {

    private static final Logger LOG = LoggerFactory.getLogger(OpenOnce.class);

    @FunctionalInterface
    interface Opening<C> {
        C open() throws InterruptedException;
    }

    private static final class Slot<C> {
        private final ReentrantLock lock = new ReentrantLock();
        private @Nullable C connection;
    }

    private final Map<K, Slot<C>> slots = new ConcurrentHashMap<>();
    private volatile boolean closed;

    C get(K key, Opening<C> opening) throws InterruptedException {
        Slot<C> slot = slots.computeIfAbsent(key, absent -> new Slot<>());
        slot.lock.lockInterruptibly();
        try {
            if (closed) {
                throw new IllegalStateException("the engine is closed");
            }
            C connection = slot.connection;
            if (connection == null) {
                connection = opening.open();
                slot.connection = connection;
            }
            return connection;
        } finally {
            slot.lock.unlock();
        }
    }

    void drop(K key) {
        Slot<C> slot = slots.get(key);
        if (slot == null) {
            return;
        }
        slot.lock.lock();
        try {
            C connection = slot.connection;
            slot.connection = null;
            if (connection != null) {
                connection.close();
            }
        } catch (Exception e) {
            LOG.warn("the connection to {} was not closed in good order", key, e);
        } finally {
            slot.lock.unlock();
        }
    }

    void dropAll(Predicate<K> which) {
        slots.keySet().stream().filter(which).forEach(this::drop);
    }

    void close() {
        closed = true;
        slots.keySet().forEach(this::drop);
    }
}
