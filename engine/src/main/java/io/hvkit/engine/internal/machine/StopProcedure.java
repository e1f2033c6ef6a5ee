package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.AttachmentRecord;
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
import io.hvkit.hypervisor.spi.Hypervisor;
import java.util.Optional;
import java.util.SortedSet;

/** Stops a machine, or notes that it has ended; then its volumes are taken from its host, and it is promised nothing there any more. */
public final class StopProcedure implements Procedure<StopRequest, MachineRecord> {

    private final MachineGround machines;
    private final Ground ground;

    /** Makes it. */
    public StopProcedure(MachineGround machines) {
        this.machines = machines;
        this.ground = machines.ground();
    }

    @Override
    public String kind() {
        return "machine.stop";
    }

    @Override
    public Facts facts(StopRequest request) {
        return request.facts();
    }

    @Override
    public StopRequest request(Facts facts) {
        return StopRequest.of(facts);
    }

    @Override
    public SortedSet<String> objects(StopRequest request) {
        return request.work().objects();
    }

    @Override
    public Facts run(StopRequest request, Run run) throws InterruptedException {
        MachineWork work = request.work();
        Facts marked = run.step(Step.recorded("mark", transaction -> mark(transaction, work))
                .forgetting((transaction, evidence) -> unmark(transaction, work)));
        if (marked.find("host").isEmpty()) {
            return work.facts(); // it was stopped before
        }
        RecordId<HostRecord> host = new RecordId<>(marked.text("host"));
        run.step(Step.of("stop", () -> ground.turns().take(work.id(), () -> stop(host, request)))
                .lookedForBy(() -> ended(host, work))
                .committing());
        for (int i = 0; i < work.disks().size(); i++) {
            RecordId<VolumeRecord> disk = work.disks().get(i);
            run.step(Step.of("release-" + i, () -> release(host, disk))
                    .keeping((transaction, evidence) -> forget(transaction, work, disk)));
        }
        run.step(Step.recorded("leave", transaction -> leave(transaction, work)));
        return work.facts();
    }

    private static Facts mark(Transaction transaction, MachineWork work) {
        MachineRecord machine = work.require(transaction);
        if (machine.state() == State.STOPPED) {
            return Facts.NONE;
        }
        MachineWork.requireSettled(machine);
        transaction.machines().update(machine.in(State.STOPPING, machine.host()));
        return Facts.of("host", machine.host().orElseThrow());
    }

    private static void unmark(Transaction transaction, MachineWork work) {
        transaction
                .machines()
                .find(work.machine())
                .filter(machine -> machine.state() == State.STOPPING)
                .ifPresent(machine -> transaction.machines().update(machine.in(State.RUNNING, machine.host())));
    }

    private Facts stop(RecordId<HostRecord> host, StopRequest request) throws InterruptedException {
        Hypervisor open = ground.host(host);
        MachineWork work = request.work();
        if (Disks.isRunning(open, work.id())) {
            // once it has ended, its host knows nothing of overlays any more
            new ChainLook(ground, host, work).settle();
            open.stop(work.id(), request.mode());
        }
        open.forget(work.id());
        return ended(host, work)
                .orElseThrow(() -> DriverException.because(Failure.TIMED_OUT)
                        .effect(Effect.UNKNOWN)
                        .message("machine %s was stopped and runs on host %s", work.name(), host));
    }

    private Optional<Facts> ended(RecordId<HostRecord> host, MachineWork work) throws InterruptedException {
        return Disks.isRunning(ground.host(host), work.id()) ? Optional.empty() : Optional.of(Facts.of("host", host));
    }

    private Facts release(RecordId<HostRecord> host, RecordId<VolumeRecord> disk) throws InterruptedException {
        machines.giveBack(host, disk);
        return Facts.of("volume", disk);
    }

    private static void forget(Transaction transaction, MachineWork work, RecordId<VolumeRecord> disk) {
        for (AttachmentRecord use : Ground.uses(transaction, disk)) {
            if (use.machine().equals(work.id())) {
                transaction.attachments().delete(use);
            }
        }
    }

    private static Facts leave(Transaction transaction, MachineWork work) {
        MachineRecord machine = transaction.machines().require(work.machine());
        transaction.machines().update(machine.in(State.STOPPED, Optional.empty()));
        return Facts.of("machine", work.machine());
    }

    @Override
    public MachineRecord result(StopRequest request, Facts result) throws InterruptedException {
        return machines.machine(request.work().machine());
    }
}
