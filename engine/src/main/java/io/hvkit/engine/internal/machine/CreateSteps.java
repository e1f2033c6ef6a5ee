package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.MachineDiskRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.MachineRecord.Needs;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.usage.Measures;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.usage.Thing;
import java.util.Optional;

/** The step by which a machine comes to be known. */
final class CreateSteps {

    private final Ground ground;
    private final MachineTerms terms;

    CreateSteps(MachineGround machines) {
        this.ground = machines.ground();
        this.terms = new MachineTerms(machines);
    }

    /** Returns the machine's id, which is the operation's; room is kept for it, and it is for {@link #settle} to count it. */
    RecordId<MachineRecord> run(MachineRequest request, Run run) throws InterruptedException {
        RecordId<MachineRecord> id = new RecordId<>(run.operation().value());
        if (request.offering().isPresent()) {
            run.step(Step.of("terms", () -> terms.check(request)));
        }
        Facts unused = run.step(Step.recorded("record", transaction -> record(transaction, id, request))
                .forgetting((transaction, evidence) -> forget(ground, transaction, id)));
        return id;
    }

    private Facts record(Transaction transaction, RecordId<MachineRecord> id, MachineRequest request) {
        if (request.disks().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("machine %s has no disk, which would say where it may run; name one", request.name());
        }
        MachineTerms.requireOffered(transaction, request);
        RecordId<ZoneRecord> zone = zone(transaction, request, request.disks().get(0));
        transaction
                .machines()
                .insert(new MachineRecord(
                        id,
                        0,
                        request.name(),
                        MachineRecord.State.STOPPED,
                        zone,
                        new Needs(request.cpus(), request.memory()),
                        MachineFacts.devices(request),
                        Optional.empty(),
                        Optional.empty(),
                        ground.clock().instant()));
        for (int i = 0; i < request.disks().size(); i++) {
            RecordId<VolumeRecord> disk = request.disks().get(i);
            requireFree(transaction, disk);
            RecordId<ZoneRecord> other = zone(transaction, request, disk);
            if (!other.equals(zone)) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "machine %s would have disks in two zones, %s and %s; move volume %s to a pool of the first one",
                                request.name(), zone, other, disk);
            }
            transaction.machineDisks().insert(MachineDiskRecord.of(id, disk, i));
        }
        request.placing()
                .owner()
                .ifPresent(owner -> ground.ledger(transaction)
                        .reserve(
                                Thing.machine(id).toString(),
                                Account.of(owner),
                                Optional.empty(),
                                Measures.machine(new Needs(request.cpus(), request.memory()))));
        return Facts.of("machine", id);
    }

    private static RecordId<ZoneRecord> zone(
            Transaction transaction, MachineRequest request, RecordId<VolumeRecord> disk) {
        VolumeRecord volume = transaction
                .volumes()
                .find(disk)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("machine %s is to have disk %s, and there is no such volume", request.name(), disk));
        return transaction.pools().require(volume.place().pool()).reach().zone();
    }

    /**
     * Looks that a volume is free to be a disk.
     *
     * @throws DriverException with {@code IN_USE}, naming the machine that has it
     */
    static void requireFree(Transaction transaction, RecordId<VolumeRecord> disk) {
        VolumeRecord volume = Ground.requireReady(transaction, disk);
        for (MachineDiskRecord other : transaction.machineDisks().where(MachineDiskRecord.VOLUME, disk)) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "volume %s is a disk of machine %s; detach it there first",
                            volume.name(),
                            transaction.machines().require(other.machine()).name());
        }
        requireUnattached(transaction, volume);
    }

    /**
     * Looks that no machine has a volume, be it one that nobody but its embedder knows.
     *
     * @throws DriverException with {@code IN_USE}, naming the machine that has it
     */
    static void requireUnattached(Transaction transaction, VolumeRecord volume) {
        for (AttachmentRecord use : Ground.uses(transaction, volume.id())) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "volume %s is attached to machine %s on host %s; detach it there first",
                            volume.name(), use.machine(), use.host());
        }
    }

    /** Counts a machine as it is known, once it is to stay. */
    Facts settle(Transaction transaction, RecordId<MachineRecord> id) {
        MachineRecord machine = transaction.machines().require(id);
        ground.ledger(transaction).settle(Thing.machine(id).toString(), Measures.machine(machine.needs()));
        return Facts.of("machine", id);
    }

    static void forget(Ground ground, Transaction transaction, RecordId<MachineRecord> id) {
        ground.ledger(transaction).end(Thing.machine(id).toString());
        transaction.machineDisks().where(MachineDiskRecord.MACHINE, id).forEach(transaction.machineDisks()::delete);
        transaction.machines().find(id).ifPresent(transaction.machines()::delete);
    }
}
