package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.MachineDiskRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.template.NewVolumeProcedure;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.machine.ReinstallRequest.OldRoot;
import io.hvkit.engine.volume.VolumeRequest.Protection;
import java.util.Arrays;
import java.util.Optional;
import java.util.SortedSet;

/**
 * Gives a machine that is stopped another root: it is made of a template first, whole; then it takes the place of the old one, which is the point
 * of no return; and only then the old one goes.
 */
public final class ReinstallProcedure implements Procedure<Reinstallation, MachineRecord> {

    private final MachineGround machines;
    private final Ground ground;
    private final NewVolumeProcedure making;
    private final MachineTerms terms;

    /** Makes it. */
    public ReinstallProcedure(MachineGround machines, NewVolumeProcedure making) {
        this.machines = machines;
        this.ground = machines.ground();
        this.making = making;
        this.terms = new MachineTerms(machines);
    }

    @Override
    public String kind() {
        return "machine.reinstall";
    }

    /** The names of the machine and of the volume are told apart. */
    @Override
    public Facts facts(Reinstallation request) {
        return making.facts(request.root())
                .with("machine", request.work().machine())
                .with("machine-name", request.work().name())
                .with("old-root", request.oldRoot())
                .with(
                        "disks",
                        String.join(
                                " ",
                                request.work().disks().stream()
                                        .map(RecordId::value)
                                        .toList()));
    }

    @Override
    public Reinstallation request(Facts facts) {
        MachineWork work = new MachineWork(
                new RecordId<>(facts.text("machine")),
                facts.text("machine-name"),
                Arrays.stream(facts.text("disks").split(" ", -1))
                        .map(RecordId<VolumeRecord>::new)
                        .toList());
        return new Reinstallation(work, making.request(facts), OldRoot.valueOf(facts.text("old-root")));
    }

    @Override
    public SortedSet<String> objects(Reinstallation request) {
        SortedSet<String> objects = request.work().objects();
        objects.addAll(making.objects(request.root()));
        return objects;
    }

    @Override
    public Facts run(Reinstallation request, Run run) throws InterruptedException {
        MachineWork work = request.work();
        Facts checked = run.step(Step.of("check", () -> check(request)));
        RecordId<VolumeRecord> old = new RecordId<>(checked.text("old"));
        Facts made = making.run(request.root(), run);
        RecordId<VolumeRecord> root = new RecordId<>(made.text("volume"));
        run.step(Step.recorded("swap", transaction -> swap(transaction, work, old, root))
                .committing());
        if (request.oldRoot() == OldRoot.DELETED) {
            run.tidy(Step.of("delete-old", () -> delete(old))
                    .keeping((transaction, evidence) -> forget(transaction, old)));
        }
        return Facts.of("machine", work.machine());
    }

    private Facts check(Reinstallation request) throws InterruptedException {
        Facts checked = ground.catalog().inTransaction(transaction -> check(transaction, request));
        Optional<RecordId<OfferingRecord>> offering =
                machines.machine(request.work().machine()).offering();
        if (offering.isPresent()) {
            terms.requireTags(
                    offering.get(),
                    request.work().name(),
                    request.root().volume().pool());
        }
        return checked;
    }

    private static Facts check(Transaction transaction, Reinstallation request) {
        MachineRecord machine = request.work().require(transaction);
        if (machine.state() != MachineRecord.State.STOPPED) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "machine %s is %s, and gets another root while it is STOPPED",
                            machine.name(), machine.state());
        }
        if (request.work().disks().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("machine %s has no root; attach one", machine.name());
        }
        VolumeRecord old =
                Ground.requireReady(transaction, request.work().disks().get(0));
        boolean isProtected = old.key().isPresent() || old.place().encryption().isPresent();
        if (isProtected && request.root().volume().protection() != Protection.ENCRYPTED) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "the root of machine %s is encrypted, and the new one would lie in clear; ask for it encrypted()",
                            machine.name());
        }
        RecordId<?> zone = transaction
                .pools()
                .require(request.root().volume().pool())
                .reach()
                .zone();
        if (!zone.equals(machine.zone())) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "machine %s is in zone %s, and its new root would be in zone %s",
                            machine.name(), machine.zone(), zone);
        }
        return Facts.of("old", old.id());
    }

    private static Facts swap(
            Transaction transaction, MachineWork work, RecordId<VolumeRecord> old, RecordId<VolumeRecord> root) {
        MachineDiskRecord disk = transaction.machineDisks().where(MachineDiskRecord.VOLUME, old).stream()
                .filter(known -> known.machine().equals(work.machine()))
                .findAny()
                .orElseThrow(() -> DriverException.because(Failure.CORRUPT_DATA)
                        .message("volume %s is no disk of machine %s any more", old, work.name()));
        transaction.machineDisks().delete(disk);
        transaction.machineDisks().insert(MachineDiskRecord.of(work.machine(), root, disk.position()));
        return Facts.of("root", root);
    }

    /** What somebody still needs of it is left, and told of. */
    private Facts delete(RecordId<VolumeRecord> old) throws InterruptedException {
        VolumeRecord volume = ground.volume(old);
        boolean isNeeded = ground.catalog()
                .inTransaction(transaction -> !transaction
                                .snapshots()
                                .where(SnapshotRecord.VOLUME, old)
                                .isEmpty()
                        || !transaction
                                .backups()
                                .where(BackupRecord.VOLUME, old)
                                .isEmpty());
        if (isNeeded || volume.second().isPresent()) {
            throw DriverException.because(Failure.IN_USE)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "the old root, volume %s (%s), has snapshots or another copy; it is kept",
                            volume.name(), old);
        }
        ground.pool(volume.place().pool()).delete(Ground.external(volume));
        return Facts.of("deleted", old);
    }

    private void forget(Transaction transaction, RecordId<VolumeRecord> old) {
        transaction.volumes().find(old).ifPresent(volume -> {
            transaction.volumes().delete(volume);
            ground.ledger(transaction).end(Ground.object(old));
            volume.key().ifPresent(key -> ground.keys().release(transaction, key));
        });
    }

    @Override
    public MachineRecord result(Reinstallation request, Facts result) throws InterruptedException {
        return machines.machine(request.work().machine());
    }
}
