package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.MachineDiskRecord.Overlay;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Overlays;
import io.hvkit.hypervisor.spi.MergeSight.Newest;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;

/** Writes down what a person has found out: whether a machine that is off had an overlay of a disk last, or what is below it. */
public final class SettleProcedure implements Procedure<Settlement, MachineRecord> {

    private final MachineGround machines;

    /** Makes it. */
    public SettleProcedure(MachineGround machines) {
        this.machines = machines;
    }

    @Override
    public String kind() {
        return "machine.settle";
    }

    @Override
    public Facts facts(Settlement request) {
        return request.facts();
    }

    @Override
    public Settlement request(Facts facts) {
        return Settlement.of(facts);
    }

    @Override
    public SortedSet<String> objects(Settlement request) {
        return request.work().objects();
    }

    @Override
    public Facts run(Settlement request, Run run) throws InterruptedException {
        run.step(Step.recorded("settle", transaction -> settle(transaction, request)));
        return request.work().facts();
    }

    private static Facts settle(Transaction transaction, Settlement request) {
        MachineRecord machine = request.work().require(transaction);
        if (machine.state() != MachineRecord.State.STOPPED) {
            throw refused("machine %s is %s: what it has is seen, not said; merge it", machine);
        }
        if (!request.work().disks().contains(request.volume())) {
            throw refused("machine %s, which is %s, has no disk " + request.volume(), machine);
        }
        List<Overlay> overlays = new ArrayList<>(Overlays.over(transaction, request.volume()));
        int doubtful = 0;
        while (doubtful < overlays.size() && overlays.get(doubtful).state() == Overlay.State.LAID) {
            doubtful++;
        }
        if (doubtful == overlays.size()) {
            throw refused("machine %s is %s, and nothing is in doubt of its disk " + request.volume(), machine);
        }
        Overlay settled = overlays.remove(doubtful);
        if (request.newest() == Newest.OVERLAY) {
            overlays.add(doubtful, settled.in(Overlay.State.LAID));
        }
        Overlays.keep(transaction, request.volume(), overlays);
        return Facts.of("overlay", settled.disk());
    }

    private static DriverException refused(String message, MachineRecord machine) {
        return DriverException.because(Failure.INVALID_REQUEST)
                .effect(Effect.NOT_APPLIED)
                .message(message, machine.name(), machine.state());
    }

    @Override
    public MachineRecord result(Settlement request, Facts result) throws InterruptedException {
        return machines.machine(request.work().machine());
    }
}
