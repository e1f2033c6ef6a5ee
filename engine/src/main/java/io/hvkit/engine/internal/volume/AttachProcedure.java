package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeUse;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Gives a machine a volume: the catalog reserves it, the pool makes it usable on the host, and if the machine runs its hypervisor plugs it in.
 * The result is where the host finds it, for whoever starts the machine later.
 */
public final class AttachProcedure implements Procedure<MachineUse, Attachment> {

    private static final Facts HAS_IT = Facts.of("machine", "has it");

    private final Ground ground;

    /** Makes it. */
    public AttachProcedure(Ground ground) {
        this.ground = ground;
    }

    @Override
    public String kind() {
        return "volume.attach";
    }

    @Override
    public Facts facts(MachineUse request) {
        return request.facts();
    }

    @Override
    public MachineUse request(Facts facts) {
        return MachineUse.of(facts);
    }

    @Override
    public SortedSet<String> objects(MachineUse request) {
        return new TreeSet<>(Set.of(Ground.object(request.volume()), "machine:" + request.machine()));
    }

    @Override
    public Facts run(MachineUse use, Run run) throws InterruptedException {
        RecordId<AttachmentRecord> id = new RecordId<>(run.operation().value());
        Facts reserved = run.step(Step.recorded("reserve", transaction -> reserve(transaction, id, use))
                .forgetting((transaction, evidence) -> {
                    transaction.attachments().find(id).ifPresent(transaction.attachments()::delete);
                    KnownDisks.takeBack(transaction, run.operation());
                }));
        boolean isFresh = reserved.text("attachment").equals(id.value());
        Step attach = Step.of("attach", () -> {
            requireOpened(use);
            Facts read = ground.readDiskUuid(ground.volume(use.volume())); // first: what fails then has done nothing
            Attachment place = ground.devices().come(volumePool(use), external(use), VolumeUse.by(hostId(use)));
            return read.with("place", place);
        });
        Step noting =
                attach.keeping((transaction, evidence) -> Ground.keepDiskUuid(transaction, use.volume(), evidence));
        run.step(isFresh ? noting.undoneBy(evidence -> release(use)) : noting);
        Step plug = Step.of("plug", () -> ground.turns().take(use.machine(), () -> plug(use)))
                .lookedForBy(() -> plugged(use));
        run.step(plug);
        return use.facts();
    }

    /** A host that opens no encrypted disks is of no use to one, whether its machine runs or is started later. */
    private void requireOpened(MachineUse use) throws InterruptedException {
        VolumeRecord volume = ground.volume(use.volume());
        if (volume.key().isPresent() && !ground.host(use.host()).features().offers(HypervisorFeature.ENCRYPTED_DISKS)) {
            HostRecord host = ground.catalog()
                    .inTransaction(transaction -> transaction.hosts().require(use.host()));
            throw DriverException.because(Failure.UNSUPPORTED)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "host %s opens no encrypted disks, and volume %s is encrypted; attach it to a machine on another host",
                            host.name(), volume.name());
        }
    }

    private void release(MachineUse use) throws InterruptedException {
        ground.devices().go(volumePool(use), external(use), hostId(use), VolumeUse.Reason.MACHINE);
    }

    private static Facts reserve(Transaction transaction, RecordId<AttachmentRecord> id, MachineUse use) {
        VolumeRecord volume = Ground.requireReady(transaction, use.volume());
        HostRecord host = transaction.hosts().require(use.host());
        for (AttachmentRecord other : Ground.uses(transaction, use.volume())) {
            if (other.machine().equals(use.machine()) && other.host().equals(use.host())) {
                return Facts.of("attachment", other.id());
            }
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "volume %s is attached to machine %s on host %s; detach it there first",
                            volume.name(), other.machine(), other.host());
        }
        if (host.standing() != Standing.ENABLED) {
            throw DriverException.because(Failure.EXHAUSTED)
                    .message("host %s takes nothing new, it is in %s", host.name(), host.standing());
        }
        KnownDisks.requireOn(transaction, use);
        KnownDisks.add(transaction, new RecordId<>(id.value()), use.machine(), use.volume());
        AttachmentRecord fresh = new AttachmentRecord(id, 0, use.volume(), use.host(), use.machine());
        return Facts.of("attachment", transaction.attachments().insert(fresh).id());
    }

    private Facts plug(MachineUse use) throws InterruptedException {
        Hypervisor host = ground.host(use.host());
        if (!Disks.isRunning(host, use.machine())) {
            return Facts.of("machine", "does not run");
        }
        VolumeRecord volume = ground.volume(use.volume());
        Attachment place = volumePool(use).attach(external(use), VolumeUse.by(hostId(use)));
        if (Disks.called(host, use.machine(), Disks.id(volume), place).isPresent()) {
            return HAS_IT;
        }
        Disk disk = Disk.of(Disks.id(volume), place, volume.place().format());
        if (volume.key().isPresent()) {
            try (Secret key = ground.keys().open(volume.key().get())) {
                Disks.hotPlug(host).attach(use.machine(), disk.unlockedBy(key));
            }
        } else {
            Disks.hotPlug(host).attach(use.machine(), disk);
        }
        return HAS_IT;
    }

    private Optional<Facts> plugged(MachineUse use) throws InterruptedException {
        Hypervisor host = ground.host(use.host());
        return Disks.place(host, use.machine(), Disks.id(ground.volume(use.volume())))
                .map(place -> HAS_IT);
    }

    private StoragePool volumePool(MachineUse use) throws InterruptedException {
        return ground.pool(ground.volume(use.volume()).place().pool());
    }

    private VolumeId external(MachineUse use) throws InterruptedException {
        return Ground.external(ground.volume(use.volume()));
    }

    private static HostId hostId(MachineUse use) {
        return new HostId(use.host().value());
    }

    /** Asks the pool again, whose answer is the same place as long as the volume is attached. */
    @Override
    public Attachment result(MachineUse use, Facts result) throws InterruptedException {
        return volumePool(use).attach(external(use), VolumeUse.by(hostId(use)));
    }
}
