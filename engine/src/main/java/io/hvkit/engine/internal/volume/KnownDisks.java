package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.MachineDiskRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import java.util.List;
import java.util.Optional;

/** Which volumes are disks of machines that the catalog knows. Whoever attaches or detaches a volume keeps that true. */
public final class KnownDisks {

    private KnownDisks() {}

    /**
     * Makes a volume the last disk of a machine, if the catalog knows the machine; does nothing if it is one already.
     *
     * @throws DriverException with {@code IN_USE} if it is a disk of another machine
     */
    public static void add(
            Transaction transaction, RecordId<OperationRecord> by, MachineId name, RecordId<VolumeRecord> volume) {
        Optional<MachineRecord> machine = named(transaction, name);
        Optional<MachineDiskRecord> known = of(transaction, volume);
        if (known.isPresent()) {
            requireSame(transaction, known.get(), machine);
            return;
        }
        if (machine.isPresent()) {
            int last = transaction
                    .machineDisks()
                    .where(MachineDiskRecord.MACHINE, machine.get().id())
                    .stream()
                    .mapToInt(MachineDiskRecord::position)
                    .max()
                    .orElse(-1);
            transaction
                    .machineDisks()
                    .insert(new MachineDiskRecord(
                            id(by), 0, machine.get().id(), volume, Math.addExact(last, 1), List.of()));
        }
    }

    private static void requireSame(Transaction transaction, MachineDiskRecord known, Optional<MachineRecord> machine) {
        if (machine.filter(same -> same.id().equals(known.machine())).isEmpty()) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "volume %s is a disk of machine %s; detach it there first",
                            known.volume(),
                            transaction.machines().require(known.machine()).name());
        }
    }

    /** Takes back what an operation has added. */
    public static void takeBack(Transaction transaction, RecordId<OperationRecord> by) {
        transaction.machineDisks().find(id(by)).ifPresent(transaction.machineDisks()::delete);
    }

    private static RecordId<MachineDiskRecord> id(RecordId<OperationRecord> by) {
        return new RecordId<>(by.value());
    }

    /**
     * Makes a volume no disk of a machine any more, if it is one.
     *
     * @throws DriverException with {@code IN_USE} if overlays lie over it: nobody would know of them any more
     */
    public static void remove(Transaction transaction, MachineId name, RecordId<VolumeRecord> volume) {
        Optional<MachineRecord> machine = named(transaction, name);
        of(transaction, volume)
                .filter(disk ->
                        machine.filter(same -> same.id().equals(disk.machine())).isPresent())
                .ifPresent(disk -> {
                    Overlays.requireNone(transaction, volume);
                    transaction.machineDisks().delete(disk);
                });
    }

    /**
     * Looks that a volume is no machine's disk.
     *
     * @throws DriverException with {@code IN_USE}, naming the machine
     */
    static void requireNone(Transaction transaction, VolumeRecord volume) {
        Optional<MachineDiskRecord> known = of(transaction, volume.id());
        if (known.isPresent()) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "volume %s (%s) is a disk of machine %s; detach it there first",
                            volume.name(),
                            volume.id(),
                            transaction
                                    .machines()
                                    .require(known.get().machine())
                                    .name());
        }
    }

    /**
     * Looks that a machine that the catalog knows runs on a host.
     *
     * @throws DriverException with {@code INVALID_REQUEST}, naming where it is
     */
    static void requireOn(Transaction transaction, MachineUse use) {
        Optional<MachineRecord> machine = named(transaction, use.machine());
        if (machine.isPresent()
                && machine.get().host().filter(use.host()::equals).isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "machine %s is %s%s, and not on host %s; attach it by its machine, which knows where it is",
                            use.machine(),
                            machine.get().state(),
                            machine.get().host().map(host -> " on host " + host).orElse(""),
                            use.host());
        }
    }

    private static Optional<MachineRecord> named(Transaction transaction, MachineId name) {
        return transaction.machines().where(MachineRecord.NAME, name.value()).stream()
                .findAny();
    }

    private static Optional<MachineDiskRecord> of(Transaction transaction, RecordId<VolumeRecord> volume) {
        return transaction.machineDisks().where(MachineDiskRecord.VOLUME, volume).stream()
                .findAny();
    }
}
