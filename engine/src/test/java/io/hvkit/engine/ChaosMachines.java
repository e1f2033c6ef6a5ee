package io.hvkit.engine;

import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.engine.ChaosMemory.Fate;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.machine.MigrateRequest;
import io.hvkit.engine.machine.ReinstallRequest;
import io.hvkit.engine.offering.ServiceOffering;
import io.hvkit.hypervisor.spi.StopMode;
import java.util.List;
import java.util.Optional;

/** What a caller in chaos asks for with machines. */
final class ChaosMachines {

    private static final int MANY = 5;

    private final ChaosWorld world;
    private final ChaosCaller caller;

    ChaosMachines(ChaosWorld world, ChaosCaller caller) {
        this.world = world;
        this.caller = caller;
    }

    void enlist() {
        caller.often(3, this::create);
        caller.often(4, () -> onMachine(this::start));
        caller.often(3, () -> onMachine(this::stop));
        caller.often(4, () -> onMachine(this::migrate));
        caller.often(3, () -> onMachine(this::plug));
        caller.often(3, () -> onMachine(this::unplug));
        caller.often(2, () -> onMachine(this::reinstall));
        caller.often(1, () -> onMachine(this::delete));
    }

    private List<MachineRecord> machines() throws InterruptedException {
        return caller.hvkit().machines().page(Optional.empty(), 100);
    }

    private void onMachine(ChaosCaller.DeedOn<MachineRecord> deed) throws InterruptedException {
        caller.onOne(machines(), deed);
    }

    private void create() throws InterruptedException {
        if (machines().size() >= MANY) {
            onMachine(this::delete);
        } else {
            caller.onVolume(this::create);
        }
    }

    private void create(VolumeRecord root) throws InterruptedException {
        String called = world.newName("m");
        Fate fate = world.memory.machine(called);
        VolumeRecord data = caller.one(caller.volumes());
        MachineRequest sized = caller.by(0.3)
                ? ServiceOffering.machineOf(caller.one(world.services), called)
                : MachineRequest.named(called).memory(ByteSize.gibibytes(2 + caller.below(3)));
        MachineRequest bare = sized.root(root.id());
        MachineRequest filled = root.equals(data) || caller.by(0.4) ? bare : bare.disk(data.id());
        MachineRequest request = caller.owner(fate).map(filled::ownedBy).orElse(filled);
        boolean isToStart = caller.by(0.5);
        Optional<MachineRecord> made = caller.askUnderKey("machine " + called, engine -> {
            Machines machines = engine.machines().under("make-" + called);
            return isToStart ? machines.start(request) : machines.create(request);
        });
        made.ifPresent(record -> fate.acknowledge());
    }

    private void start(MachineRecord record) throws InterruptedException {
        caller.ask("start " + record.name(), engine -> engine.machines().start(record.id()));
    }

    private void stop(MachineRecord record) throws InterruptedException {
        caller.ask("stop " + record.name(), engine -> engine.machines().stop(record.id(), StopMode.POWER_OFF));
    }

    private void migrate(MachineRecord record) throws InterruptedException {
        caller.ask("migrate " + record.name(), engine -> engine.machines().migrate(MigrateRequest.of(record.id())));
    }

    private void plug(MachineRecord record) throws InterruptedException {
        caller.onVolume(volume -> caller.ask(
                "plug " + volume.name() + " into " + record.name(),
                engine -> engine.machines().attach(record.id(), volume.id())));
    }

    private void unplug(MachineRecord record) throws InterruptedException {
        List<RecordId<VolumeRecord>> disks = caller.hvkit().machines().disks(record.id());
        if (disks.size() > 1) {
            RecordId<VolumeRecord> disk = caller.one(disks.subList(1, disks.size()));
            caller.ask(
                    "unplug " + disk + " from " + record.name(),
                    engine -> engine.machines().detach(record.id(), disk));
        }
    }

    private void reinstall(MachineRecord record) throws InterruptedException {
        List<RecordId<VolumeRecord>> disks = caller.hvkit().machines().disks(record.id());
        if (!disks.isEmpty()) {
            caller.onOne(world.templates(), template -> reinstall(record, disks.get(0), template));
        }
    }

    private void reinstall(MachineRecord record, RecordId<VolumeRecord> root, TemplateRecord template)
            throws InterruptedException {
        String called = world.newName("r");
        Fate fate = world.memory.volume(called);
        caller.hvkit()
                .volumes()
                .find(root)
                .ifPresent(old -> world.memory.volume(old.name()).doom());
        fate.mayHold(world.memory.template(template.name()));
        ReinstallRequest asked = ReinstallRequest.of(record.id(), template.id(), caller.request(called));
        ReinstallRequest request = caller.by(0.5) ? asked : asked.keepingTheOldRoot();
        caller.ask(
                        "reinstall " + record.name() + " with " + called,
                        engine -> engine.machines().reinstall(request))
                .ifPresent(done -> fate.acknowledge());
    }

    private void delete(MachineRecord record) throws InterruptedException {
        Fate fate = world.memory.machine(record.name());
        fate.doom();
        caller.ask("delete " + record.name(), engine -> engine.machines().delete(record.id()))
                .ifPresent(gone -> fate.end());
    }
}
