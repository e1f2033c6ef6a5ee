package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.MachineRecord.Needs;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.ByteSize;
import io.hvkit.engine.machine.HostRejection;
import io.hvkit.engine.machine.HostRejection.Reason;
import io.hvkit.engine.placement.Ratio;
import io.hvkit.hypervisor.spi.HostCapacity;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a host may promise to machines. A machine counts from the transaction that gives it its host, which looks at this again: so two that
 * are placed at once do not get the same room.
 *
 * @param host the host
 * @param name what people call it
 * @param cpus how many processors it may promise; nothing if it does not tell
 * @param memory how many bytes of memory it may promise; nothing if it does not tell
 * @param free how much of that was promised to nobody when it was asked
 */
record HostRoom(RecordId<HostRecord> host, String name, OptionalLong cpus, OptionalLong memory, OptionalLong free) {

    /**
     * What machines have been promised at a host: those that are there, and those that are on their way.
     *
     * @param cpus how many processors
     * @param memory how many bytes of memory
     */
    record Promised(long cpus, long memory) {

        /** Counts what a host has promised to all machines but one. */
        static Promised at(Transaction transaction, RecordId<HostRecord> host, String except) {
            List<MachineRecord> machines =
                    new ArrayList<>(transaction.machines().where(MachineRecord.HOST, host));
            machines.addAll(transaction.machines().where(MachineRecord.TARGET, host));
            long cpus = 0;
            long memory = 0;
            for (MachineRecord machine : machines) {
                if (!machine.name().equals(except)) {
                    cpus = Math.addExact(cpus, machine.needs().cpus());
                    memory = Math.addExact(memory, machine.needs().memory().bytes());
                }
            }
            return new Promised(cpus, memory);
        }
    }

    static HostRoom of(HostRecord host, Optional<HostCapacity> capacity, Ratio overcommit, ByteSize reserved) {
        if (capacity.isEmpty()) {
            return new HostRoom(
                    host.id(), host.name(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());
        }
        long cpus = Math.multiplyExact(capacity.get().cpus(), overcommit.millionths()) / Ratio.WHOLE;
        long memory = Math.max(0, capacity.get().memory().bytes() - reserved.bytes());
        return new HostRoom(
                host.id(), host.name(), OptionalLong.of(cpus), OptionalLong.of(memory), OptionalLong.empty());
    }

    /** Returns this room with what was promised when it was asked. */
    HostRoom after(Promised promised) {
        return memory.isEmpty()
                ? this
                : new HostRoom(host, name, cpus, memory, OptionalLong.of(memory.getAsLong() - promised.memory));
    }

    long freeMemory() {
        return free.orElse(-1);
    }

    String why() {
        return free.isPresent()
                ? "has " + ByteSize.bytes(free.getAsLong()) + " of memory left"
                : "does not tell its room";
    }

    /** Returns what speaks against a machine beside those that it has been promised to. */
    List<HostRejection> against(Needs needs, Promised promised) {
        List<HostRejection> against = new ArrayList<>();
        if (cpus.isPresent() && promised.cpus + needs.cpus() > cpus.getAsLong()) {
            against.add(new HostRejection(
                    Reason.NO_PROCESSORS,
                    "has " + Math.max(0, cpus.getAsLong() - promised.cpus) + " processors left of " + cpus.getAsLong()
                            + ", and " + needs.cpus() + " are wanted"));
        }
        if (memory.isPresent() && promised.memory + needs.memory().bytes() > memory.getAsLong()) {
            ByteSize left = ByteSize.bytes(Math.max(0, memory.getAsLong() - promised.memory));
            against.add(new HostRejection(
                    Reason.NO_MEMORY,
                    "has " + left + " of memory left of " + ByteSize.bytes(memory.getAsLong()) + ", and "
                            + needs.memory() + " are wanted"));
        }
        return against;
    }

    /** Returns rooms as a step's evidence keeps them. */
    static Facts facts(List<HostRoom> rooms) {
        return MachineFacts.listed(Facts.NONE, "room", rooms, HostRoom::text);
    }

    static List<HostRoom> list(Facts facts) {
        return MachineFacts.list(facts, "room", HostRoom::read);
    }

    private String text() {
        return host + " " + cpus.orElse(-1) + " " + memory.orElse(-1) + " " + name;
    }

    private static HostRoom read(String text) {
        String[] words = text.split(" ", 4);
        return new HostRoom(
                new RecordId<>(words[0]), words[3], number(words[1]), number(words[2]), OptionalLong.empty());
    }

    private static OptionalLong number(String text) {
        long number = Long.parseLong(text);
        return number < 0 ? OptionalLong.empty() : OptionalLong.of(number);
    }
}
