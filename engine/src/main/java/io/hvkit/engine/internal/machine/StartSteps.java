package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineDiskRecord.Overlay;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.MachineRecord.State;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Disks;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.internal.volume.Overlays;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.storage.spi.VolumeUse;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The steps by which a machine comes to run: a host is found, and promises room; its volumes are lent to that host, one after the other; then
 * it is started there with their keys.
 */
final class StartSteps {

    private final MachineGround machines;
    private final Ground ground;

    StartSteps(MachineGround machines) {
        this.machines = machines;
        this.ground = machines.ground();
    }

    void run(StartRequest request, Run run) throws InterruptedException {
        MachineWork work = request.work();
        Facts looked = run.step(Step.of("survey", () -> survey(request)));
        if (looked.find("running").isPresent()) {
            return; // it was started before
        }
        Facts placed = run.step(Step.recorded("place", transaction -> place(transaction, work, looked, run.operation()))
                .forgetting((transaction, evidence) -> leave(transaction, work, run.operation())));
        RecordId<HostRecord> host = new RecordId<>(placed.text("host"));
        for (int i = 0; i < work.disks().size(); i++) {
            RecordId<VolumeRecord> disk = work.disks().get(i);
            run.step(Step.of("lend-" + i, () -> lend(host, disk))
                    .undoneBy(evidence -> machines.giveBack(host, disk))
                    .keeping((transaction, evidence) -> Ground.keepDiskUuid(transaction, disk, evidence)));
        }
        run.step(Step.of("start", () -> ground.turns().take(work.id(), () -> start(host, work)))
                .lookedForBy(() -> started(host, work))
                .undoneBy(evidence -> stop(host, work))
                .keeping((transaction, evidence) -> transaction
                        .machines()
                        .update(transaction.machines().require(work.machine()).in(State.RUNNING, Optional.of(host)))));
    }

    private Facts survey(StartRequest request) throws InterruptedException {
        MachineWork work = request.work();
        MachineRecord machine = machines.machine(work.machine());
        if (machine.state() != State.STOPPED) {
            return requireRunning(machine);
        }
        HostQuestion question = ground.catalog()
                .inTransaction(transaction -> HostQuestion.of(
                        transaction,
                        work.require(transaction),
                        work.disks(),
                        new HostQuestion.Bounds(request.host(), Optional.empty())));
        HostSurvey.Found found = machines.survey().look(question);
        RecordId<HostRecord> unused = found.selection().orThrow();
        return HostRoom.facts(found.rooms());
    }

    /** Started twice is started once; but what ended by itself still has its volumes, and is stopped first. */
    private Facts requireRunning(MachineRecord machine) throws InterruptedException {
        RecordId<HostRecord> host = machine.host().orElseThrow();
        if (machine.state() == State.RUNNING && Disks.isRunning(ground.host(host), machine.machineId())) {
            return Facts.of("running", host);
        }
        throw DriverException.because(Failure.IN_USE)
                .effect(Effect.NOT_APPLIED)
                .message(
                        "machine %s is %s on host %s, and does not run there; stop it, which takes its volumes from that host, and"
                                + " start it then",
                        machine.name(), machine.state(), host);
    }

    private Facts place(Transaction transaction, MachineWork work, Facts looked, RecordId<OperationRecord> operation) {
        MachineRecord machine = work.require(transaction);
        if (machine.state() != State.STOPPED) {
            throw DriverException.because(Failure.IN_USE)
                    .message("machine %s is %s, and must be STOPPED to be started", work.name(), machine.state());
        }
        HostRecord host = choose(transaction, machine, HostRoom.list(looked));
        for (int i = 0; i < work.disks().size(); i++) {
            RecordId<VolumeRecord> disk = work.disks().get(i);
            VolumeRecord volume = Ground.requireReadyBelow(transaction, disk);
            Overlays.requireKnown(transaction, disk);
            for (AttachmentRecord use : Ground.uses(transaction, disk)) {
                throw DriverException.because(Failure.IN_USE)
                        .message(
                                "volume %s is attached to machine %s on host %s; detach it there first",
                                volume.name(), use.machine(), use.host());
            }
            transaction
                    .attachments()
                    .insert(new AttachmentRecord(attachment(operation, i), 0, disk, host.id(), work.id()));
        }
        transaction.machines().update(machine.in(State.STARTING, Optional.of(host.id())));
        return Facts.of("host", host.id());
    }

    /** What was promised since the hosts were asked counts. */
    static HostRecord choose(Transaction transaction, MachineRecord machine, List<HostRoom> rooms) {
        for (HostRoom room : rooms) {
            HostRecord host = transaction.hosts().require(room.host());
            HostRoom.Promised promised = HostRoom.Promised.at(transaction, room.host(), machine.name());
            if (host.standing() == Standing.ENABLED
                    && room.against(machine.needs(), promised).isEmpty()) {
                return host;
            }
        }
        throw DriverException.because(Failure.EXHAUSTED)
                .message(
                        "no host has room for machine %s any more, others took it meanwhile: %s",
                        machine.name(), rooms.stream().map(HostRoom::name).collect(Collectors.joining(", ")));
    }

    private static RecordId<AttachmentRecord> attachment(RecordId<OperationRecord> operation, int position) {
        return new RecordId<>(operation + "-" + position);
    }

    private static void leave(Transaction transaction, MachineWork work, RecordId<OperationRecord> operation) {
        for (int i = 0; i < work.disks().size(); i++) {
            transaction.attachments().find(attachment(operation, i)).ifPresent(transaction.attachments()::delete);
        }
        transaction
                .machines()
                .find(work.machine())
                .ifPresent(machine -> transaction.machines().update(machine.in(State.STOPPED, Optional.empty())));
    }

    private Facts lend(RecordId<HostRecord> host, RecordId<VolumeRecord> id) throws InterruptedException {
        VolumeRecord volume = ground.volume(id);
        Facts read = ground.readDiskUuid(volume); // first: what fails then has done nothing
        Attachment place = ground.devices()
                .come(
                        ground.pool(volume.place().pool()),
                        Ground.external(volume),
                        VolumeUse.by(MachineGround.hostId(host)));
        return read.with("place", place);
    }

    private Facts start(RecordId<HostRecord> host, MachineWork work) throws InterruptedException {
        MachineSpec spec = MachineFacts.spec(machines.machine(work.machine()));
        try (OpenDisks open = OpenDisks.on(ground, host, work.disks())) {
            for (Disk disk : open.disks()) {
                spec = spec.with(disk);
            }
            Machine started = ground.host(host).start(spec);
            return Facts.of("machine", started.id());
        }
    }

    /** A machine of that name with other disks is none of ours. */
    private Optional<Facts> started(RecordId<HostRecord> host, MachineWork work) throws InterruptedException {
        Set<VolumeId> wanted = new HashSet<>();
        for (RecordId<VolumeRecord> disk : work.disks()) {
            wanted.add(top(disk));
        }
        Hypervisor open = ground.host(host);
        return Disks.isRunning(open, work.id())
                ? open.find(work.id())
                        .filter(machine -> machine.disks().stream()
                                .map(MachineDisk::volume)
                                .collect(Collectors.toSet())
                                .equals(wanted))
                        .map(machine -> Facts.of("machine", machine.id()))
                : Optional.empty();
    }

    /** Returns what the machine calls a disk: the volume, or what lies over it. */
    private VolumeId top(RecordId<VolumeRecord> disk) throws InterruptedException {
        List<Overlay> overlays = ground.catalog().inTransaction(transaction -> Overlays.over(transaction, disk));
        return overlays.isEmpty()
                ? Disks.id(ground.volume(disk))
                : overlays.get(overlays.size() - 1).disk();
    }

    private void stop(RecordId<HostRecord> host, MachineWork work) throws InterruptedException {
        if (started(host, work).isPresent()) {
            ground.host(host).stop(work.id(), StopMode.POWER_OFF);
        }
    }
}
