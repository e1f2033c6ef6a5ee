package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.HostId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.storage.spi.VolumeUse.Reason;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Takes a volume from a machine: first the machine lets it go, then the pool, then the catalog. */
public final class DetachProcedure implements Procedure<MachineUse, RecordId<VolumeRecord>> {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Ground ground;

    /** Makes it. */
    public DetachProcedure(Ground ground) {
        this.ground = ground;
    }

    @Override
    public String kind() {
        return "volume.detach";
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
        Facts found = run.step(Step.recorded("find", transaction -> known(transaction, use)));
        if (found.find("attachment").isEmpty()) {
            return use.facts(); // it was detached before
        }
        run.step(Step.of("unplug", () -> ground.turns().take(use.machine(), () -> unplug(use))));
        run.step(Step.of("release", () -> release(use))
                .keeping((transaction, evidence) -> {
                    find(transaction, use).ifPresent(transaction.attachments()::delete);
                    KnownDisks.remove(transaction, use.machine(), use.volume());
                })
                .committing());
        return use.facts();
    }

    private static Facts known(Transaction transaction, MachineUse use) {
        Optional<AttachmentRecord> known = find(transaction, use);
        if (known.isPresent()) {
            Overlays.requireNone(transaction, use.volume());
        }
        return Facts.NONE.with("attachment", known.map(AttachmentRecord::id));
    }

    private static Optional<AttachmentRecord> find(Transaction transaction, MachineUse use) {
        return Ground.uses(transaction, use.volume()).stream()
                .filter(known ->
                        known.machine().equals(use.machine()) && known.host().equals(use.host()))
                .findAny();
    }

    private Facts unplug(MachineUse use) throws InterruptedException {
        Hypervisor host = ground.host(use.host());
        VolumeRecord volume = ground.volume(use.volume());
        if (Disks.isRunning(host, use.machine())) {
            ground.requireAlone(volume, use.machine(), use.host());
            Optional<VolumeId> disk = Disks.called(
                    host,
                    use.machine(),
                    Disks.id(volume),
                    ground.placeOn(volume, new HostId(use.host().value())));
            if (disk.isPresent()) {
                Disks.hotPlug(host).detach(use.machine(), disk.get(), PATIENCE);
            }
        }
        return Facts.NONE;
    }

    private Facts release(MachineUse use) throws InterruptedException {
        VolumeRecord volume = ground.volume(use.volume());
        HostId host = new HostId(use.host().value());
        ground.devices().go(ground.pool(volume.place().pool()), Ground.external(volume), host, Reason.MACHINE);
        return Facts.NONE;
    }

    @Override
    public RecordId<VolumeRecord> result(MachineUse use, Facts result) {
        return use.volume();
    }
}
