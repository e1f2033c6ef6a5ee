package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.DetachProcedure;
import io.hvkit.engine.internal.volume.KnownDisks;
import io.hvkit.engine.internal.volume.MachineUse;
import java.util.Optional;
import java.util.SortedSet;

/** Makes a volume no disk of a machine any more; one that runs lets it go first. */
public final class DetachDiskProcedure implements Procedure<DiskChange, MachineRecord> {

    private final MachineGround machines;
    private final DetachProcedure running;

    /** Makes it. */
    public DetachDiskProcedure(MachineGround machines) {
        this.machines = machines;
        this.running = new DetachProcedure(machines.ground());
    }

    @Override
    public String kind() {
        return "machine.detach";
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
            KnownDisks.remove(transaction, change.id(), change.volume());
            return change.facts();
        }));
        return change.facts();
    }

    @Override
    public MachineRecord result(DiskChange request, Facts result) throws InterruptedException {
        return machines.machine(request.machine());
    }
}
