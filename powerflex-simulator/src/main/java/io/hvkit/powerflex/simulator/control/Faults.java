package io.hvkit.powerflex.simulator.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** The faults that wait for a call, in the order in which they were added; each call meets one at most. Any thread may use it. */
public final class Faults {

    private final ReentrantLock lock = new ReentrantLock();
    private final List<Fault> waiting = new ArrayList<>();

    /** Makes a list that is empty. */
    public Faults() {}

    /** Adds a fault behind those that wait. */
    public void add(Fault fault) {
        lock.lock();
        try {
            waiting.add(fault);
        } finally {
            lock.unlock();
        }
    }

    /** Drops all that wait. */
    public void clear() {
        lock.lock();
        try {
            waiting.clear();
        } finally {
            lock.unlock();
        }
    }

    /** Returns what waits; a fault that struck before and will strike again counts what is left. */
    public List<Fault> waiting() {
        lock.lock();
        try {
            return List.copyOf(waiting);
        } finally {
            lock.unlock();
        }
    }

    /** Takes the fault that a call of that operation meets now. */
    public Optional<Fault> strike(String operation) {
        lock.lock();
        try {
            for (int i = 0; i < waiting.size(); i++) {
                Fault fault = waiting.get(i);
                if (fault.strikes(operation)) {
                    if (fault.times() == 1) {
                        waiting.remove(i);
                    } else {
                        waiting.set(i, fault.times(fault.times() - 1));
                    }
                    return Optional.of(fault);
                }
            }
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }
}
