package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.MachineDiskRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.engine.internal.volume.Ground;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A machine that is worked on, with the disks it had when that was asked for: nobody works on them meanwhile.
 *
 * @param machine the machine
 * @param name what it is called
 * @param disks its disks, in order
 */
public record MachineWork(RecordId<MachineRecord> machine, String name, List<RecordId<VolumeRecord>> disks) {

    /** Copies the list. */
    public MachineWork {
        disks = List.copyOf(disks);
    }

    /** Returns the work on a machine as it is now. */
    public static MachineWork on(Transaction transaction, RecordId<MachineRecord> id) {
        MachineRecord machine = transaction.machines().require(id);
        return new MachineWork(id, machine.name(), disks(transaction, id));
    }

    /** Returns the disks of a machine, in order. */
    static List<RecordId<VolumeRecord>> disks(Transaction transaction, RecordId<MachineRecord> id) {
        return transaction.machineDisks().where(MachineDiskRecord.MACHINE, id).stream()
                .sorted(Comparator.comparingInt(MachineDiskRecord::position))
                .map(MachineDiskRecord::volume)
                .toList();
    }

    static MachineWork of(Facts facts) {
        return new MachineWork(
                new RecordId<>(facts.text("machine")),
                facts.text("name"),
                MachineFacts.list(facts, "disk", RecordId::new));
    }

    Facts facts() {
        return MachineFacts.listed(Facts.of("machine", machine).with("name", name), "disk", disks, RecordId::value);
    }

    MachineId id() {
        return new MachineId(name);
    }

    SortedSet<String> objects() {
        return objects(name, disks);
    }

    /** Returns what an operation on a machine of that name with these disks works on. */
    static SortedSet<String> objects(String name, List<RecordId<VolumeRecord>> disks) {
        SortedSet<String> objects = new TreeSet<>();
        objects.add("machine:" + name);
        disks.forEach(disk -> objects.add(Ground.object(disk)));
        return objects;
    }

    /**
     * Looks that it is known where a machine is.
     *
     * @throws DriverException with {@code IN_USE} if it is on its way to another host, as far as is known
     */
    static void requireSettled(MachineRecord machine) {
        if (machine.state() == MachineRecord.State.MOVING) {
            throw DriverException.because(Failure.IN_USE)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "machine %s was on its way from host %s to %s, and that was not taken back whole; tidy it up first, which"
                                    + " finds out where it is",
                            machine.name(),
                            machine.host().orElseThrow(),
                            machine.target().orElseThrow());
        }
    }

    /**
     * Returns the machine's record, whose disks are those that are worked on.
     *
     * @throws DriverException with {@code OPERATION_PENDING} if they are others now
     */
    MachineRecord require(Transaction transaction) {
        MachineRecord known = transaction.machines().require(machine);
        if (!disks(transaction, machine).equals(disks)) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .message("the disks of machine %s were changed when this was asked for; ask again", name);
        }
        return known;
    }
}
