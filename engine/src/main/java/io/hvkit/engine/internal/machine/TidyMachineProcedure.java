package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.MachineRecord.State;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Disks;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.internal.volume.TidyProcedure;
import java.util.Optional;
import java.util.SortedSet;

/** Finds out where a machine is whose move could not be taken back, and takes its volumes from hosts that have them for nothing. */
public final class TidyMachineProcedure implements Procedure<MachineWork, MachineRecord> {

    private final MachineGround machines;
    private final Ground ground;

    /** Makes it. */
    public TidyMachineProcedure(MachineGround machines) {
        this.machines = machines;
        this.ground = machines.ground();
    }

    @Override
    public String kind() {
        return "machine.tidy";
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
        run.step(Step.of("look", () -> look(work)).keeping((transaction, evidence) -> settle(transaction, work)));
        for (int i = 0; i < work.disks().size(); i++) {
            RecordId<VolumeRecord> disk = work.disks().get(i);
            run.step(Step.of("return-" + i, () -> Facts.of("ended", TidyProcedure.takeBack(ground, disk))));
        }
        return work.facts();
    }

    /** A move that was given up brought the machine nowhere; what goes on of it ends first. */
    private Facts look(MachineWork work) throws InterruptedException {
        MachineRecord machine = machines.machine(work.machine());
        if (machine.state() != State.MOVING) {
            return Facts.of("state", machine.state());
        }
        RecordId<HostRecord> from = machine.host().orElseThrow();
        RecordId<HostRecord> to = machine.target().orElseThrow();
        MachineTravel.endMove(ground, work.id(), from, to);
        if (Disks.isRunning(ground.host(to), work.id())) {
            throw DriverException.because(Failure.IN_USE)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "machine %s runs on host %s, and its move there was given up; its volumes are left with both hosts, %s too."
                                    + " Stop it there, and ask again",
                            work.name(), to, from);
        }
        return Facts.of("host", from);
    }

    /** That it has ended by itself meanwhile is for a stop to find. */
    private static void settle(Transaction transaction, MachineWork work) {
        Optional<MachineRecord> astray =
                transaction.machines().find(work.machine()).filter(machine -> machine.state() == State.MOVING);
        astray.ifPresent(machine -> transaction.machines().update(machine.in(State.RUNNING, machine.host())));
    }

    @Override
    public MachineRecord result(MachineWork request, Facts result) throws InterruptedException {
        return machines.machine(request.machine());
    }
}
