package io.hvkit.engine.internal.usage;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HoldingRecord;
import io.hvkit.catalog.spi.MachineDiskRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.usage.Thing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Gives things to another account, within one transaction. */
public final class Assignment {

    /** What a machine's record calls its owner, for whom hosts may be kept. */
    private static final String OWNER = "owner";

    private final Transaction transaction;
    private final Ledger ledger;
    private final Account to;

    /** Makes one that gives to an account. */
    public Assignment(Transaction transaction, Ledger ledger, Account to) {
        this.transaction = transaction;
        this.ledger = ledger;
        this.to = to;
    }

    /** Gives a thing, a machine with its disks; returns how many things have changed hands. */
    public int give(Thing thing) {
        List<String> things = new ArrayList<>(List.of(thing.toString()));
        switch (thing.kind()) {
            case MACHINE -> things.addAll(machine(new RecordId<>(thing.id().value())));
            case VOLUME -> requireNoDisk(new RecordId<>(thing.id().value()));
            default -> {
                // nothing belongs to it
            }
        }
        List<HoldingRecord> holdings =
                things.stream().map(ledger::find).flatMap(Optional::stream).toList();
        if (holdings.isEmpty()) {
            throw refusal(
                    Failure.INVALID_REQUEST,
                    thing + " counts for nobody, so there is nobody to take it from; make it with an owner");
        }
        List<HoldingRecord> others = holdings.stream()
                .filter(holding -> !holding.account().equals(to.id()))
                .toList();
        others.forEach(this::requireSettled);
        others.forEach(holding -> ledger.assign(holding, to));
        return others.size();
    }

    private List<String> machine(RecordId<MachineRecord> id) {
        MachineRecord machine = transaction.machines().require(id);
        requireNotInWork("machine:" + machine.name());
        if (machine.state() != MachineRecord.State.STOPPED) {
            throw refusal(
                    Failure.IN_USE,
                    "machine " + machine.name() + " is " + machine.state()
                            + ", on a host that may be kept for who has it; stop it first");
        }
        Facts devices = machine.devices();
        if (devices.find(OWNER).filter(owner -> !owner.equals(to.path())).isPresent()) {
            transaction.machines().update(machine.having(devices.with(OWNER, to.path())));
        }
        return transaction.machineDisks().where(MachineDiskRecord.MACHINE, id).stream()
                .map(disk -> Measures.thing(disk.volume()))
                .toList();
    }

    private void requireNoDisk(RecordId<VolumeRecord> id) {
        for (MachineDiskRecord disk : transaction.machineDisks().where(MachineDiskRecord.VOLUME, id)) {
            throw refusal(
                    Failure.IN_USE,
                    "volume " + transaction.volumes().require(id).name() + " is a disk of machine "
                            + transaction.machines().require(disk.machine()).name()
                            + "; give the machine, or detach the volume first");
        }
    }

    private void requireSettled(HoldingRecord holding) {
        requireNotInWork(holding.thing());
        if (holding.standing() != HoldingRecord.Standing.HELD) {
            throw refusal(Failure.OPERATION_PENDING, holding.thing() + " is being made; ask again once it is there");
        }
    }

    private void requireNotInWork(String object) {
        transaction.journal().open().stream()
                .filter(operation -> operation.objects().contains(object))
                .findAny()
                .ifPresent(operation -> {
                    throw refusal(
                            Failure.OPERATION_PENDING,
                            "operation " + operation.id() + ", " + operation.kind() + ", works on " + object
                                    + "; wait for it");
                });
    }

    private static DriverException refusal(Failure failure, String why) {
        return DriverException.because(failure).effect(Effect.NOT_APPLIED).message("%s", why);
    }
}
