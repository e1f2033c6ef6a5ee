package io.hvkit.vmware.internal.machine;

import io.hvkit.core.MachineId;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One change at a time of each machine: a vCenter refuses a second one while the first is under way. Changes of different machines do
 * not wait for each other.
 */
final class MachineLocks {

    /** Work on a machine. */
    @FunctionalInterface
    interface Work<T> {
        /** Does it. */
        T make() throws InterruptedException;
    }

    private static final class Entry {

        private final ReentrantLock lock = new ReentrantLock(true);
        private int users;
    }

    private final Map<MachineId, Entry> entries = new HashMap<>();

    <T> T alone(MachineId machine, Work<T> work) throws InterruptedException {
        Entry entry = enter(machine);
        try {
            entry.lock.lockInterruptibly();
            try {
                return work.make();
            } finally {
                entry.lock.unlock();
            }
        } finally {
            leave(machine, entry);
        }
    }

    /** Does work on two machines; whatever the order in which they are named, nobody waits for ever. */
    <T> T alone(MachineId one, MachineId other, Work<T> work) throws InterruptedException {
        if (one.equals(other)) {
            return alone(one, work);
        }
        boolean ordered = one.value().compareTo(other.value()) < 0;
        return alone(ordered ? one : other, () -> alone(ordered ? other : one, work));
    }

    private synchronized Entry enter(MachineId machine) {
        Entry entry = entries.computeIfAbsent(machine, id -> new Entry());
        entry.users++;
        return entry;
    }

    private synchronized void leave(MachineId machine, Entry entry) {
        if (--entry.users == 0) {
            entries.remove(machine, entry);
        }
    }
}
