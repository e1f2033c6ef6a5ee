package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Overlays;
import java.util.Optional;
import java.util.SortedSet;

/** Forgets a machine that is stopped. Its volumes stay, and are no disks any more. */
public final class DeleteMachineProcedure implements Procedure<MachineWork, RecordId<MachineRecord>> {

    private final MachineGround machines;

    /** Makes it. */
    public DeleteMachineProcedure(MachineGround machines) {
        this.machines = machines;
    }

    @Override
    public String kind() {
        return "machine.delete";
    }

    @Override
    public Facts facts(MachineWork request) {
        return request.facts();
    }

    @Override
    public MachineWork request(Facts facts) {
        return MachineWork.of(facts);
    }

    @Override
    public SortedSet<String> objects(MachineWork request) {
        return request.objects();
    }

    @Override
    public Facts run(MachineWork work, Run run) throws InterruptedException {
        run.step(Step.recorded("forget", transaction -> forget(transaction, work)));
        return work.facts();
    }

    private Facts forget(Transaction transaction, MachineWork work) {
        Optional<MachineRecord> machine = transaction.machines().find(work.machine());
        if (machine.isPresent() && machine.get().state() != MachineRecord.State.STOPPED) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "machine %s is %s on host %s; stop it first",
                            work.name(),
                            machine.get().state(),
                            machine.get().host().orElseThrow());
        }
        work.disks().forEach(disk -> Overlays.requireNone(transaction, disk));
        CreateSteps.forget(machines.ground(), transaction, work.machine());
        return Facts.of("machine", work.machine());
    }

    @Override
    public RecordId<MachineRecord> result(MachineWork request, Facts result) {
        return request.machine();
    }
}
