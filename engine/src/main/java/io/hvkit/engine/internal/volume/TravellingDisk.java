package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.storage.spi.VolumeEncryption;
import io.hvkit.storage.spi.VolumeLimits;
import io.hvkit.storage.spi.VolumeUse;
import java.util.Collection;
import java.util.Optional;

/**
 * A disk that goes with its running machine to another host: a copy of it is made there, under the key that it has, the machine fills it on its
 * way, and has it from its arrival on. Until then the disk where it was is the one that counts.
 */
public final class TravellingDisk {

    private final Ground ground;
    private final Going going;
    private final MovePlan plan;
    private final NewCopy copy;
    private final Facts whole;

    /**
     * Where a disk goes.
     *
     * @param volume the disk
     * @param pool the pool it is to be in
     * @param host the host its machine is to run on, which reaches that pool
     * @param number which of the machine's disks it is
     */
    public record Going(
            RecordId<VolumeRecord> volume, RecordId<PoolRecord> pool, RecordId<HostRecord> host, int number) {}

    private TravellingDisk(Ground ground, Going going, MovePlan plan, NewCopy copy, Facts whole) {
        this.ground = ground;
        this.going = going;
        this.plan = plan;
        this.copy = copy;
        this.whole = whole;
    }

    /**
     * Looks whether a disk can go there, and returns how much of the pool it takes. Changes nothing.
     *
     * @param promised how much of that pool other disks of the machine take
     * @throws io.hvkit.core.DriverException if it cannot, as a move of the volume to that pool would be refused
     */
    public static ByteSize fit(Ground ground, Going going, ByteSize promised) throws InterruptedException {
        return planned(ground, going, promised).taken();
    }

    private static MovePlanning.Along planned(Ground ground, Going going, ByteSize promised)
            throws InterruptedException {
        return new MovePlanning(ground).along(WantedCopy.along(going.volume, going.pool), going.host, promised);
    }

    /** Makes the copy and lends it to the other host. */
    public static TravellingDisk prepare(Ground ground, Going going, Run run) throws InterruptedException {
        MovePlan plan = MovePlan.of(run.step(Step.of(
                "plan", () -> planned(ground, going, ByteSize.ZERO).plan().facts())));
        String name = Ground.nameIn(going.pool, going.volume, plan.target().number());
        NewCopy copy = new NewCopy(going.volume, going.pool, name, plan.target(), key(ground, going, plan, run));
        run.step(Step.recorded("mark", transaction -> CopySteps.mark(transaction, copy))
                .forgetting((transaction, evidence) -> CopySteps.unmark(transaction, going.volume)));
        CopySteps steps = new CopySteps(ground);
        Facts made = run.step(Step.of("make", () -> copy.make(ground))
                .lookedForBy(() -> copy.find(ground))
                .undoneBy(evidence -> copy.remove(ground))
                .keeping((transaction, evidence) -> steps.seen(transaction, going.volume, plan, evidence)));
        Facts whole = copy.withHeader(ground, plan, made, run);
        if (!plan.limits().equals(VolumeLimits.none())) {
            run.step(Step.of("limit", () -> copy.limit(ground, plan.limits())));
        }
        HostId there = new HostId(going.host.value());
        run.step(Step.of("lend", () -> copy.attach(ground, there)).undoneBy(evidence -> copy.detach(ground, there)));
        return new TravellingDisk(ground, going, plan, copy, whole);
    }

    /** It keeps its key; one that its storage encrypted, with a key of the storage's own, gets one. */
    private static Optional<RecordId<KeyRecord>> key(Ground ground, Going going, MovePlan plan, Run run)
            throws InterruptedException {
        if (plan.target().encryption() != VolumeEncryption.WITH_KEY
                || plan.from().key().isPresent()) {
            return plan.from().key();
        }
        RecordId<KeyRecord> id = new RecordId<>(run.operation() + "-" + going.number);
        run.step(Step.of("key", () -> Facts.of("key", ground.keys().create(id).id()))
                .undoneBy(evidence -> {})
                .forgetting((transaction, evidence) -> ground.keys().release(transaction, id)));
        return Optional.of(id);
    }

    /** Returns the volume. */
    public RecordId<VolumeRecord> volume() {
        return going.volume;
    }

    /** Returns a move that takes it along; its key is opened, and closed with the others. */
    public MachineMove on(MachineMove move, Collection<Secret> keys) throws InterruptedException {
        Attachment place =
                ground.pool(copy.pool()).attach(copy.requireId(ground), VolumeUse.by(new HostId(going.host.value())));
        Disk disk = Disk.of(new VolumeId(copy.name()), place, copy.format());
        if (copy.key().isPresent()) {
            Secret key = ground.keys().open(copy.key().get());
            keys.add(key);
            disk = disk.unlockedBy(key);
        }
        return move.moving(plan.use().flatMap(MovePlan.Use::disk).orElseThrow(), disk);
    }

    /** Returns whether its machine runs on a host with the copy. */
    public boolean isThere(Hypervisor host) throws InterruptedException {
        return Disks.place(host, plan.use().orElseThrow().machine(), new VolumeId(copy.name()))
                .isPresent();
    }

    /** Writes that the copy is the one that counts, and the other one is to be removed. */
    public void arrive(Transaction transaction) {
        Facts unused = CopySteps.switchOver(ground, transaction, going.volume, whole);
    }

    /** Removes what its machine has left. If that fails, the machine is where it is, and what is left can be tidied up later. */
    public void removeOld(Run run) throws InterruptedException {
        OldCopy old = new OldCopy(
                going.volume,
                plan.from().pool(),
                plan.from().home(),
                plan.from().number(),
                Optional.of(plan.from().id()));
        run.tidy(Step.of("remove", () -> {
                    old.remove(ground);
                    return Facts.of("pool", old.pool());
                })
                .keeping((transaction, evidence) -> OldCopy.forget(ground, transaction, going.volume)));
    }
}
