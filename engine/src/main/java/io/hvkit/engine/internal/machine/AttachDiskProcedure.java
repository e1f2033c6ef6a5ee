package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.AttachProcedure;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.internal.volume.KnownDisks;
import io.hvkit.engine.internal.volume.MachineUse;
import io.hvkit.engine.offering.ServiceOffering;
import java.util.Optional;
import java.util.SortedSet;

/** Makes a volume the last disk of a machine; one that runs gets it plugged in. */
public final class AttachDiskProcedure implements Procedure<DiskChange, MachineRecord> {

    private final MachineGround machines;
    private final AttachProcedure running;
    private final MachineTerms terms;

    /** Makes it. */
    public AttachDiskProcedure(MachineGround machines) {
        this.machines = machines;
        this.running = new AttachProcedure(machines.ground());
        this.terms = new MachineTerms(machines);
    }

    @Override
    public String kind() {
        return "machine.attach";
    }

    @Override
    public Facts facts(DiskChange request) {
        return request.facts();
    }

    @Override
    public DiskChange request(Facts facts) {
        return DiskChange.of(facts);
    }

    @Override
    public SortedSet<String> objects(DiskChange request) {
        return request.objects();
    }

    @Override
    public Facts run(DiskChange change, Run run) throws InterruptedException {
        Optional<MachineUse> use = change.use();
        if (use.isPresent()) {
            return running.run(use.get(), run);
        }
        run.step(Step.of("disk", () -> look(change))
                .keeping((transaction, evidence) -> {
                    change.requireSame(transaction);
                    CreateSteps.requireUnattached(transaction, Ground.requireReady(transaction, change.volume()));
                    requireRoot(transaction, change);
                    KnownDisks.add(transaction, run.operation(), change.id(), change.volume());
                })
                .forgetting((transaction, evidence) -> KnownDisks.takeBack(transaction, run.operation())));
        return change.facts();
    }

    /** What a platform notes of pools is asked for outside the transaction. */
    private Facts look(DiskChange change) throws InterruptedException {
        Catalog catalog = machines.ground().catalog();
        Optional<RecordId<OfferingRecord>> offering = catalog.inTransaction(transaction -> {
            requireRoot(transaction, change);
            boolean isRoot = MachineWork.disks(transaction, change.machine()).isEmpty();
            return isRoot ? transaction.machines().require(change.machine()).offering() : Optional.empty();
        });
        if (offering.isPresent()) {
            VolumeRecord root = machines.ground().volume(change.volume());
            terms.requireTags(offering.get(), change.name(), root.place().pool());
        }
        return change.facts();
    }

    /** The first disk of a machine is its root. */
    private static void requireRoot(Transaction transaction, DiskChange change) {
        MachineRecord machine = transaction.machines().require(change.machine());
        if (machine.offering().isPresent()
                && MachineWork.disks(transaction, machine.id()).isEmpty()) {
            ServiceOffering offering = ServiceOffering.in(
                    transaction.offerings().require(machine.offering().get()));
            MachineTerms.requireRoot(transaction, offering, machine.name(), change.volume());
        }
    }

    @Override
    public MachineRecord result(DiskChange request, Facts result) throws InterruptedException {
        return machines.machine(request.machine());
    }
}
