package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.cluster.PoolStanding;
import io.hvkit.engine.volume.MoveRequest.Protection;
import io.hvkit.engine.volume.MoveRequest.Way;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.storage.spi.EndPointQuery;
import io.hvkit.storage.spi.Limits;
import io.hvkit.storage.spi.PoolMigration;
import io.hvkit.storage.spi.PoolTrait;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeEncryption;
import io.hvkit.storage.spi.VolumeLimits;
import io.hvkit.storage.spi.VolumePlan;
import io.hvkit.storage.spi.VolumeUse;
import java.util.List;
import java.util.Optional;

/** Looks at a volume, its machine and the pool of the copy that is wanted, and says how that is made or why it is not. Changes nothing. */
final class MovePlanning {

    private final Ground ground;

    MovePlanning(Ground ground) {
        this.ground = ground;
    }

    /** What the catalog knows. */
    private record Known(VolumeRecord volume, PoolRecord target, Optional<AttachmentRecord> use) {}

    /**
     * A copy that a running machine takes along to another host.
     *
     * @param plan how it is made
     * @param taken how much of its pool it takes
     */
    record Along(MovePlan plan, ByteSize taken) {}

    /**
     * Says how a running machine takes a disk along.
     *
     * @param host where it goes
     * @param promised how much of the pool other disks of it take
     */
    Along along(WantedCopy wanted, RecordId<HostRecord> host, ByteSize promised) throws InterruptedException {
        Known known = ground.catalog().inTransaction(transaction -> known(transaction, wanted, Optional.of(host)));
        ground.catalog().inTransaction(transaction -> requireCopyable(transaction, known.volume));
        StoragePool pool = ground.connections().pool(known.target);
        MovePlan plan = planned(wanted, known, pool);
        if (!plan.isLive()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("no machine runs with volume %s, which would take it along", known.volume.name());
        }
        ByteSize taken = requireRoom(wanted, known, plan, promised);
        return new Along(new MovePlan(plan.from(), plan.target(), plan.use(), Optional.of(host), plan.limits()), taken);
    }

    /** Returns the evidence of the plan: a {@link MovePlan} if the volume is to be copied, or an {@link ArrayMove}. */
    Facts facts(WantedCopy wanted) throws InterruptedException {
        Known known = ground.catalog().inTransaction(transaction -> known(transaction, wanted, Optional.empty()));
        Optional<ArrayMove> array = byArray(wanted, known);
        if (array.isPresent()) {
            return array.get().facts();
        }
        ground.catalog().inTransaction(transaction -> requireCopyable(transaction, known.volume));
        return plan(wanted, known).facts();
    }

    /** The storage system moves what is to stay as it is, if both pools are of the same one. */
    private Optional<ArrayMove> byArray(WantedCopy wanted, Known known) throws InterruptedException {
        VolumeRecord volume = known.volume;
        boolean staysAsItIs = wanted.format()
                        .filter(format -> format != volume.place().format())
                        .isEmpty()
                && (wanted.protection() == Protection.KEPT
                        || volume.place().encryption().isPresent());
        if (wanted.way() == Way.COPIED || !staysAsItIs) {
            return Optional.empty();
        }
        Optional<PoolMigration> migration = ground.pool(volume.place().pool()).migration();
        StoragePool target = ground.connections().pool(known.target);
        return migration
                .filter(system -> system.reaches(target))
                .map(system -> new ArrayMove(
                        ground,
                        volume.id(),
                        Ground.external(volume),
                        volume.place().pool(),
                        known.target.id()));
    }

    private MovePlan plan(WantedCopy wanted, Known known) throws InterruptedException {
        MovePlan plan = planned(wanted, known, ground.connections().pool(known.target));
        ByteSize unused = requireRoom(wanted, known, plan, ByteSize.ZERO);
        if (plan.isLive()) {
            Disks.requireMoves(ground.host(plan.use().orElseThrow().host()), wanted.bandwidth());
            return plan;
        }
        if (plan.use().isPresent()) {
            OfflineCopy.requireAtRest(
                    ground, known.volume.id(), plan.from(), plan.use().get());
        }
        Optional<RecordId<HostRecord>> worker = Optional.of(worker(known, plan.target()));
        return new MovePlan(plan.from(), plan.target(), plan.use(), worker, plan.limits());
    }

    /** Returns the plan without who copies. */
    private MovePlan planned(WantedCopy wanted, Known known, StoragePool pool) throws InterruptedException {
        Volume source = source(known);
        MovePlan.Target target = new TargetRules(wanted, known.volume, known.target, pool).target(source.size());
        Optional<MovePlan.Use> use =
                known.use.isPresent() ? Optional.of(use(known, known.use.get(), source.id())) : Optional.empty();
        VolumeRecord volume = known.volume;
        VolumeRecord.Place place = volume.place();
        MovePlan.Copy from =
                new MovePlan.Copy(place.pool(), place.home(), place.copy(), source.id(), place.format(), volume.key());
        return new MovePlan(from, target, use, Optional.empty(), limits(known, source.id(), pool));
    }

    /** What a volume may do at most goes with it: whoever shares its storage relies on that. */
    private VolumeLimits limits(Known known, VolumeId source, StoragePool target) throws InterruptedException {
        Optional<Limits> kept = ground.pool(known.volume.place().pool()).limits();
        VolumeLimits limits = kept.isPresent() ? kept.get().of(source) : VolumeLimits.none();
        if (!limits.equals(VolumeLimits.none()) && target.limits().isEmpty()) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "volume %s is limited to %s, and pool %s limits nothing; name another pool, or end its limits first",
                            known.volume.name(), limits, known.target.name());
        }
        return limits;
    }

    /** Chooses a host that reaches both pools and has the programs. */
    private RecordId<HostRecord> worker(Known known, MovePlan.Target target) throws InterruptedException {
        EndPointQuery query = ground.workOn(known.volume).reaching(known.target.poolId());
        query = query.needing(HostFeature.QEMU_IMG);
        if (target.encryption() == VolumeEncryption.WITH_KEY) {
            query = query.needing(HostFeature.VOLUME_ENCRYPTION);
        }
        return ground.choose(query, "copy volume " + known.volume.name() + ", with which no machine runs");
    }

    /** The pool must be reached by the host on which its machine is then. */
    private static Known known(Transaction transaction, WantedCopy wanted, Optional<RecordId<HostRecord>> goingTo) {
        VolumeRecord volume = Ground.requireReady(transaction, wanted.volume());
        RekeyProcedure.requireNoOtherKey(volume);
        if (volume.second().isPresent()) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "volume %s has a second copy, %s, which was left before; tidy it up first",
                            volume.name(), volume.second().get().role());
        }
        PoolRecord target =
                transaction.pools().require(wanted.poolFrom(volume.place().pool()));
        if (!wanted.isInPlace() && target.id().equals(volume.place().pool())) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "volume %s is in pool %s already; name another one, or encrypt the volume anew where it is",
                            volume.name(), target.name());
        }
        PoolRecord unused = PoolStanding.requireOpen(transaction, target, "volumes");
        List<AttachmentRecord> uses = Ground.uses(transaction, volume.id());
        uses.forEach(use -> requireReach(transaction, target, use, goingTo.orElse(use.host())));
        return new Known(volume, target, uses.stream().findAny());
    }

    /** A copy takes no snapshots along, and one machine is switched to it. */
    private static VolumeRecord requireCopyable(Transaction transaction, VolumeRecord volume) {
        boolean isTiedToPool = transaction.snapshots().where(SnapshotRecord.VOLUME, volume.id()).stream()
                .anyMatch(snapshot ->
                        snapshot.chained().isEmpty()); // those in a chain are in other stores, and stay there
        if (isTiedToPool) {
            throw hasSnapshots(volume);
        }
        List<AttachmentRecord> uses = Ground.uses(transaction, volume.id());
        if (uses.size() > 1) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "volume %s is attached to %d machines, and would be switched under one of them: %s; detach it"
                                    + " from the others first",
                            volume.name(),
                            uses.size(),
                            uses.stream().map(AttachmentRecord::machine).toList());
        }
        return volume;
    }

    private static void requireReach(
            Transaction transaction, PoolRecord target, AttachmentRecord use, RecordId<HostRecord> then) {
        HostRecord host = transaction.hosts().require(then);
        ClusterRecord cluster = transaction.clusters().require(host.cluster());
        PoolRecord.Reach reach = target.reach();
        boolean isReached = reach.zone().equals(cluster.zone())
                && reach.cluster().filter(only -> !only.equals(cluster.id())).isEmpty()
                && reach.host().filter(only -> !only.equals(host.id())).isEmpty();
        if (!isReached) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "host %s, where machine %s is then, does not reach pool %s; name another pool",
                            host.name(), use.machine(), target.name());
        }
    }

    private Volume source(Known known) throws InterruptedException {
        VolumeRecord volume = known.volume;
        StoragePool pool = ground.pool(volume.place().pool());
        VolumeId id = Ground.external(volume);
        Volume source = pool.find(id)
                .orElseThrow(() -> DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message("volume %s is not in its pool %s, as %s", volume.name(), pool.id(), id));
        if (pool.snapshots().isPresent() && !pool.snapshots().get().list(id).isEmpty()) {
            throw hasSnapshots(volume);
        }
        Optional<HostId> here = known.use.map(use -> new HostId(use.host().value()));
        for (VolumeUse use : pool.uses(id)) {
            if (!here.equals(Optional.of(use.host()))) {
                throw DriverException.because(Failure.IN_USE)
                        .message(
                                "volume %s is used on host %s for %s, of which the catalog knows nothing; end that first",
                                volume.name(), use.host(), use.reason());
            }
        }
        return source;
    }

    private static DriverException hasSnapshots(VolumeRecord volume) {
        return DriverException.because(Failure.IN_USE)
                .message("volume %s has snapshots, which would stay behind; delete them first", volume.name());
    }

    /** Asks the machine's host whether the machine runs, and what it calls the disk. */
    private MovePlan.Use use(Known known, AttachmentRecord use, VolumeId source) throws InterruptedException {
        Hypervisor host = ground.host(use.host());
        if (!Disks.isRunning(host, use.machine())) {
            return new MovePlan.Use(use.host(), use.machine(), Optional.empty());
        }
        Attachment place = ground.pool(known.volume.place().pool())
                .attach(source, VolumeUse.by(new HostId(use.host().value())));
        Disks.requireNotFrozen(host, use.machine(), Disks.id(known.volume), () -> place);
        VolumeId disk = Disks.called(host, use.machine(), Disks.id(known.volume), place)
                .orElseThrow(() -> DriverException.because(Failure.IN_USE)
                        .message(
                                "machine %s runs without volume %s, which is attached to it; attach it again, or detach it",
                                use.machine(), known.volume.name()));
        return new MovePlan.Use(use.host(), use.machine(), Optional.of(disk));
    }

    private ByteSize requireRoom(WantedCopy wanted, Known known, MovePlan plan, ByteSize promised)
            throws InterruptedException {
        StoragePool pool = ground.connections().pool(known.target);
        String name = Ground.nameIn(
                known.target.id(), known.volume.id(), plan.target().number());
        if (pool.findNamed(name).isPresent()) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message(
                            "pool %s has a volume %s, as %s is to be called there, and no record tells of it; look at it and"
                                    + " remove it",
                            known.target.name(), name, known.volume.name());
        }
        VolumePlan planned;
        try (Secret stranger = Secret.random()) {
            planned = pool.plan(NewCopy.wanted(name, plan.target(), Optional.of(stranger)));
        }
        ByteSize size = plan.target().size();
        if (plan.target().format() == ImageFormat.QCOW2 && !planned.size().equals(size)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "pool %s would make %s of the %s of volume %s, and a machine would see that in a qcow2 image; %s",
                            known.target.name(), planned.size(), size, known.volume.name(), wanted.otherFormat());
        }
        ByteSize free = pool.statistics().free();
        ByteSize left = ByteSize.bytes(Math.max(0, free.bytes() - promised.bytes()));
        if (!pool.type().has(PoolTrait.OVERPROVISIONS) && planned.taken().compareTo(left) > 0) {
            throw DriverException.because(Failure.EXHAUSTED)
                    .message(
                            "pool %s has %s left, and another copy of volume %s takes %s; %s",
                            known.target.name(), left, known.volume.name(), planned.taken(), wanted.otherPool());
        }
        return planned.taken();
    }
}
