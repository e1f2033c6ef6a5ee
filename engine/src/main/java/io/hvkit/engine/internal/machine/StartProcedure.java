package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import java.util.SortedSet;

/** Starts a machine that is known. */
public final class StartProcedure implements Procedure<StartRequest, MachineRecord> {

    private final MachineGround machines;
    private final StartSteps steps;

    /** Makes it. */
    public StartProcedure(MachineGround machines) {
        this.machines = machines;
        this.steps = new StartSteps(machines);
    }

    @Override
    public String kind() {
        return "machine.start";
    }

    @Override
    public Facts facts(StartRequest request) {
        return request.facts();
    }

    @Override
    public StartRequest request(Facts facts) {
        return StartRequest.of(facts);
    }

    @Override
    public SortedSet<String> objects(StartRequest request) {
        return request.work().objects();
    }

    @Override
    public Facts run(StartRequest request, Run run) throws InterruptedException {
        steps.run(request, run);
        return Facts.of("machine", request.work().machine());
    }

    @Override
    public MachineRecord result(StartRequest request, Facts result) throws InterruptedException {
        return machines.machine(request.work().machine());
    }
}
