package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.Transaction;
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

    /** Makes it. */
    public AttachDiskProcedure(MachineGround machines) {
        this.machines = machines;
        this.running = new AttachProcedure(machines.ground());
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
        run.step(Step.recorded("disk", transaction -> {
                    change.requireSame(transaction);
                    Ground.requireReady(transaction, change.volume());
                    requireRoot(transaction, change);
                    KnownDisks.add(transaction, run.operation(), change.id(), change.volume());
                    return change.facts();
                })
                .forgetting((transaction, evidence) -> KnownDisks.takeBack(transaction, run.operation())));
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
