package io.hvkit.vmware.internal.machine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToIntFunction;

/**
 * Shares of things of which there is so much at once, such as a host's strength. Whoever needs several gets all of them or waits
 * for all, and so nobody waits for somebody who waits. Whoever came first for a thing gets it first, however much later ones
 * need; those who need other things do not wait. Any thread may use it.
 */
final class Limits {

    /**
     * Something that is shared.
     *
     * @param kind what it is, such as a host
     * @param name which one
     */
    record Key(String kind, String name) {}

    private static final class Waiter {

        private final Map<Key, Integer> shares;
        private final Condition turn;
        private boolean served;

        Waiter(Map<Key, Integer> shares, Condition turn) {
            this.shares = shares;
            this.turn = turn;
        }
    }

    private final ToIntFunction<Key> capacity;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Waiter> waiting = new ArrayList<>();
    private final Map<Key, Integer> used = new HashMap<>();

    /** Makes limits of which nothing is used. */
    Limits(ToIntFunction<Key> capacity) {
        this.capacity = capacity;
    }

    /** Does work once all shares are free; one that is larger than the whole is the whole. */
    <T> T within(Map<Key, Integer> shares, MachineLocks.Work<T> work) throws InterruptedException {
        Map<Key, Integer> wanted = new LinkedHashMap<>();
        shares.forEach((key, units) -> wanted.put(key, Math.min(units, capacity.applyAsInt(key))));
        acquire(wanted);
        try {
            return work.make();
        } finally {
            release(wanted);
        }
    }

    private void acquire(Map<Key, Integer> wanted) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            Waiter waiter = new Waiter(wanted, lock.newCondition());
            waiting.add(waiter);
            serve();
            try {
                while (!waiter.served) {
                    waiter.turn.await();
                }
            } catch (InterruptedException e) {
                abandon(waiter);
                throw e;
            }
        } finally {
            lock.unlock();
        }
    }

    /** It may have been served just before it gave up. */
    private void abandon(Waiter waiter) {
        if (waiter.served) {
            giveBack(waiter.shares);
        } else {
            waiting.remove(waiter);
        }
        serve();
    }

    private void release(Map<Key, Integer> shares) {
        lock.lock();
        try {
            giveBack(shares);
            serve();
        } finally {
            lock.unlock();
        }
    }

    private void giveBack(Map<Key, Integer> shares) {
        shares.forEach((key, units) -> used.computeIfPresent(key, (same, now) -> now > units ? now - units : null));
    }

    /**
     * Serves whom it can, in order. What is kept for one who waits is not for those behind; of a thing of which there is enough for all of
     * them, such as a vCenter that everybody needs, they get theirs all the same.
     */
    private void serve() {
        Map<Key, Integer> kept = new HashMap<>();
        for (Waiter waiter : List.copyOf(waiting)) {
            if (fits(waiter.shares, kept)) {
                waiter.shares.forEach((key, units) -> used.merge(key, units, Integer::sum));
                waiter.served = true;
                waiting.remove(waiter);
                waiter.turn.signal();
            } else {
                waiter.shares.forEach((key, units) -> kept.merge(key, units, Integer::sum));
            }
        }
    }

    private boolean fits(Map<Key, Integer> shares, Map<Key, Integer> kept) {
        return shares.entrySet().stream()
                .allMatch(share ->
                        used.getOrDefault(share.getKey(), 0) + kept.getOrDefault(share.getKey(), 0) + share.getValue()
                                <= capacity.applyAsInt(share.getKey()));
    }

    /** Returns how much of something is used now. */
    int used(Key key) {
        lock.lock();
        try {
            return used.getOrDefault(key, 0);
        } finally {
            lock.unlock();
        }
    }

    /** Returns how many wait. */
    int waiting() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }
}
