package io.hvkit.powerflex.simulator.control;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** The latest 10,000 calls, oldest first. Any thread may use it. */
public final class Calls {

    private static final int MOST = 10_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Call> latest = new ArrayDeque<>();

    /** Makes a list that is empty. */
    public Calls() {}

    /** Adds a call, and forgets the oldest if there are too many. */
    public void add(Call call) {
        lock.lock();
        try {
            if (latest.size() == MOST) {
                latest.removeFirst();
            }
            latest.addLast(call);
        } finally {
            lock.unlock();
        }
    }

    /** Returns what was called. */
    public List<Call> all() {
        lock.lock();
        try {
            return List.copyOf(latest);
        } finally {
            lock.unlock();
        }
    }

    /** Returns how often an operation was called. */
    public long of(String operation) {
        return all().stream().filter(call -> call.operation().equals(operation)).count();
    }

    /** Forgets all. */
    public void clear() {
        lock.lock();
        try {
            latest.clear();
        } finally {
            lock.unlock();
        }
    }
}
