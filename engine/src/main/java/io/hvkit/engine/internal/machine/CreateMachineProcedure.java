package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.machine.MachineRequest;
import java.util.SortedSet;

/** Makes a machine known, and starts nothing. */
public final class CreateMachineProcedure implements Procedure<MachineRequest, MachineRecord> {

    private final MachineGround machines;
    private final CreateSteps create;

    /** Makes it. */
    public CreateMachineProcedure(MachineGround machines) {
        this.machines = machines;
        this.create = new CreateSteps(machines);
    }

    @Override
    public String kind() {
        return "machine.create";
    }

    @Override
    public Facts facts(MachineRequest request) {
        return MachineFacts.of(request);
    }

    @Override
    public MachineRequest request(Facts facts) {
        return MachineFacts.request(facts);
    }

    @Override
    public SortedSet<String> objects(MachineRequest request) {
        return MachineWork.objects(request.name(), request.disks());
    }

    @Override
    public Facts run(MachineRequest request, Run run) throws InterruptedException {
        RecordId<MachineRecord> id = create.run(request, run);
        return run.step(Step.recorded("count", transaction -> create.settle(transaction, id)));
    }

    @Override
    public MachineRecord result(MachineRequest request, Facts result) throws InterruptedException {
        return machines.machine(new RecordId<>(result.text("machine")));
    }
}
