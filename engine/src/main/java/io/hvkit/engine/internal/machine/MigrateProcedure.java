package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.MachineRecord.State;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.engine.internal.operation.Part;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Disks;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.internal.volume.TravellingDisk;
import io.hvkit.engine.internal.volume.TravellingDisk.Going;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;

/**
 * Brings a machine to another host while it runs. The other host promises room first, and gets the volumes beside the one that has them, or
 * copies of those that go along; then the machine goes, which is the point of no return; then the volumes are taken from where it was.
 */
public final class MigrateProcedure implements Procedure<MigrateWork, MachineRecord> {

    private final MachineGround machines;
    private final Ground ground;
    private final LuggageSurvey luggage;

    /** Makes it. */
    public MigrateProcedure(MachineGround machines) {
        this.machines = machines;
        this.ground = machines.ground();
        this.luggage = new LuggageSurvey(machines);
    }

    @Override
    public String kind() {
        return "machine.migrate";
    }

    @Override
    public Facts facts(MigrateWork request) {
        return request.facts();
    }

    @Override
    public MigrateWork request(Facts facts) {
        return MigrateWork.of(facts);
    }

    @Override
    public SortedSet<String> objects(MigrateWork request) {
        return request.work().objects();
    }

    @Override
    public Facts run(MigrateWork request, Run run) throws InterruptedException {
        MachineWork work = request.work();
        Facts looked = run.step(Step.of("survey", () -> survey(request)));
        if (looked.find("there").isPresent()) {
            return work.facts(); // it is where it is wanted
        }
        Facts placed = run.step(Step.recorded("place", transaction -> place(transaction, work, looked))
                .forgetting((transaction, evidence) -> stay(transaction, work)));
        RecordId<HostRecord> target = new RecordId<>(placed.text("to"));
        List<TravellingDisk> along = along(work, MigrateWork.pools(looked), target, run);
        MachineTravel travel = new MachineTravel(ground, request, along, new RecordId<>(placed.text("from")), target);
        for (int i = 0; i < work.disks().size(); i++) {
            RecordId<VolumeRecord> disk = work.disks().get(i);
            if (travel.stays(disk)) {
                run.step(Step.of("share-" + i, () -> travel.share(disk)).undoneBy(evidence -> travel.unshare(disk)));
            }
        }
        run.step(Step.of("move", () -> travel.go(run))
                .lookedForBy(travel::ended)
                .keeping((transaction, evidence) -> arrive(transaction, work, travel))
                .committing());
        for (int i = 0; i < work.disks().size(); i++) {
            RecordId<VolumeRecord> disk = work.disks().get(i);
            if (travel.stays(disk)) {
                run.step(Step.of("hand-over-" + i, () -> travel.handOver(disk)));
            }
        }
        for (TravellingDisk disk : along) {
            disk.removeOld(part(work, disk.volume(), run));
        }
        return work.facts();
    }

    /** Makes the copies of those that go along. */
    private List<TravellingDisk> along(
            MachineWork work,
            Map<RecordId<VolumeRecord>, RecordId<PoolRecord>> pools,
            RecordId<HostRecord> host,
            Run run)
            throws InterruptedException {
        List<TravellingDisk> along = new ArrayList<>();
        for (int i = 0; i < work.disks().size(); i++) {
            RecordId<VolumeRecord> disk = work.disks().get(i);
            RecordId<PoolRecord> pool = pools.get(disk);
            if (pool != null) {
                Going going = new Going(disk, pool, host, i);
                along.add(TravellingDisk.prepare(ground, going, part(work, disk, run)));
            }
        }
        return along;
    }

    private static Run part(MachineWork work, RecordId<VolumeRecord> disk, Run run) {
        return new Part(run, "disk-" + work.disks().indexOf(disk));
    }

    private Facts survey(MigrateWork request) throws InterruptedException {
        MachineWork work = request.work();
        MachineRecord machine = machines.machine(work.machine());
        MachineWork.requireSettled(machine);
        RecordId<HostRecord> host = machine.host()
                .filter(known -> machine.state() == State.RUNNING)
                .orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                        .effect(Effect.NOT_APPLIED)
                        .message("machine %s is %s, and moves while it runs; start it", work.name(), machine.state()));
        if (request.request().host().filter(host::equals).isPresent()) {
            return Facts.of("there", host);
        }
        if (!Disks.isRunning(ground.host(host), work.id())) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message("machine %s has ended on host %s; stop it, and start it elsewhere", work.name(), host);
        }
        new ChainLook(ground, host, work).requireNone();
        return luggage.survey(request, host);
    }

    private static Facts place(Transaction transaction, MachineWork work, Facts looked) {
        MachineRecord machine = work.require(transaction);
        if (machine.state() != State.RUNNING) {
            throw DriverException.because(Failure.IN_USE)
                    .message("machine %s is %s, and must be RUNNING to move", work.name(), machine.state());
        }
        work.disks().forEach(disk -> Ground.requireReady(transaction, disk));
        HostRecord target = StartSteps.choose(transaction, machine, HostRoom.list(looked));
        transaction.machines().update(machine.movingTo(target.id()));
        return Facts.of("from", machine.host().orElseThrow()).with("to", target.id());
    }

    private static void stay(Transaction transaction, MachineWork work) {
        transaction
                .machines()
                .find(work.machine())
                .filter(machine -> machine.state() == State.MOVING)
                .ifPresent(machine -> transaction.machines().update(machine.in(State.RUNNING, machine.host())));
    }

    /** From here on the machine is there, and so are its volumes. */
    private static void arrive(Transaction transaction, MachineWork work, MachineTravel travel) {
        for (RecordId<VolumeRecord> disk : work.disks()) {
            for (AttachmentRecord use : Ground.uses(transaction, disk)) {
                if (use.machine().equals(work.id())) {
                    transaction
                            .attachments()
                            .update(new AttachmentRecord(use.id(), use.version(), disk, travel.to(), work.id()));
                }
            }
        }
        travel.along().forEach(disk -> disk.arrive(transaction));
        MachineRecord machine = transaction.machines().require(work.machine());
        transaction.machines().update(machine.in(State.RUNNING, Optional.of(travel.to())));
    }

    @Override
    public MachineRecord result(MigrateWork request, Facts result) throws InterruptedException {
        return machines.machine(request.work().machine());
    }
}
