package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.volume.Disks;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.snapshot.SnapshotRequest;
import io.hvkit.hypervisor.spi.CheckpointId;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.TrackedDisk;
import io.hvkit.hypervisor.spi.Tracking;
import io.hvkit.storage.spi.EndPointQuery;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.chain.ChangeTracking;
import io.hvkit.storage.spi.chain.LayerId;
import java.util.List;
import java.util.Optional;

/**
 * Looks at a volume, its machine and the store, and says how a snapshot is taken, or why it is not. Changes nothing but
 * what is known of layers that are lost.
 */
final class TakeLook {

    private final Ground ground;

    TakeLook(Ground ground) {
        this.ground = ground;
    }

    /** The newest snapshot in the store, the checkpoint that its layer began, if one did, and its layers from the top down. */
    private record Newest(SnapshotId snapshot, Optional<String> checkpoint, List<LayerId> line) {}

    /** What the catalog knows. */
    private record Known(VolumeRecord volume, PoolRecord store, List<AttachmentRecord> uses, Optional<Newest> newest) {}

    /** What is known of what was written, and by which checkpoint. */
    private record Changes(ChangeTracking tracking, Optional<String> since) {
        static Changes unknown(ChangeTracking tracking) {
            return new Changes(tracking, Optional.empty());
        }

        static Changes lost(String trouble) {
            return unknown(ChangeTracking.broken(trouble));
        }
    }

    TakePlan plan(RecordId<VolumeRecord> id, SnapshotRequest request) throws InterruptedException {
        Known known = ground.catalog().inTransaction(transaction -> known(transaction, id, request));
        VolumeRecord volume = known.volume;
        TakePlan.Secrecy secrecy =
                volume.place().encryption().isPresent() ? TakePlan.Secrecy.ENCRYPTED : TakePlan.Secrecy.PLAIN;
        StoreRules.requireLayers(ground, known.store, secrecy, "snapshots of volume " + volume.name());
        VolumeId external = Ground.external(volume);
        Volume source = ground.pool(volume.place().pool())
                .find(external)
                .orElseThrow(() -> DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message("volume %s is not in its pool, as %s", volume.name(), external));
        Optional<AttachmentRecord> use = running(known);
        if (use.isEmpty()) {
            ground.requireAtRest(volume, "it has begun to; ask again, and the snapshot is taken while it runs");
        }
        Optional<TakePlan.Running> running = use.isPresent()
                ? Optional.of(new TakePlan.Running(use.get().machine(), disk(volume, use.get())))
                : Optional.empty();
        Changes changes = changes(known, use, running);
        return new TakePlan(
                volume.place().pool(),
                external,
                volume.place().format(),
                source.size(),
                secrecy,
                ground.clock().instant(),
                use.isPresent() ? use.get().host() : worker(known),
                running,
                changes.tracking,
                changes.since);
    }

    private static Known known(Transaction transaction, RecordId<VolumeRecord> id, SnapshotRequest request) {
        VolumeRecord volume = Ground.requireReady(transaction, id);
        PoolRecord store = transaction.pools().require(request.store());
        StoreRules.requireOther(
                transaction, store, volume.name(), volume.place().pool());
        ChainLedger ledger = ChainLedger.of(transaction, ChainKey.of(id).id());
        return new Known(volume, store, Ground.uses(transaction, id), newest(ledger, store.poolId()));
    }

    private static Optional<Newest> newest(ChainLedger ledger, PoolId store) {
        return ledger.newestIn(store)
                .map(id -> new Newest(id, ledger.checkpointOfNewest(store), line(ledger, id, store)));
    }

    private static List<LayerId> line(ChainLedger ledger, SnapshotId id, PoolId store) {
        return ledger.graph()
                .snapshot(id)
                .flatMap(snapshot -> snapshot.replicaIn(store))
                .map(replica -> ledger.line(replica.layer()))
                .orElse(List.of());
    }

    /** Returns the use by a machine that runs, if one does. */
    private Optional<AttachmentRecord> running(Known known) throws InterruptedException {
        for (AttachmentRecord use : known.uses) {
            if (Disks.isRunning(ground.host(use.host()), use.machine())) {
                if (known.uses.size() > 1) {
                    throw DriverException.because(Failure.IN_USE)
                            .effect(Effect.NOT_APPLIED)
                            .message(
                                    "volume %s is attached to %d machines, and one of them runs; detach it from the"
                                            + " others",
                                    known.volume.name(), known.uses.size());
                }
                return Optional.of(use);
            }
        }
        return Optional.empty();
    }

    private VolumeId disk(VolumeRecord volume, AttachmentRecord use) throws InterruptedException {
        Attachment place = ground.pool(volume.place().pool())
                .attach(
                        Ground.external(volume),
                        VolumeUse.by(new HostId(use.host().value())));
        Hypervisor host = ground.host(use.host());
        return Disks.requireCalled(host, use.machine(), volume, place);
    }

    private RecordId<HostRecord> worker(Known known) throws InterruptedException {
        EndPointQuery query = ground.workOn(known.volume).reaching(known.store.poolId());
        query = query.needing(HostFeature.QEMU_IMG);
        if (known.volume.place().encryption().isPresent()) {
            query = query.needing(HostFeature.VOLUME_ENCRYPTION);
        }
        return ground.choose(query, "copy volume " + known.volume.name() + ", with which no machine runs, to a store");
    }

    /** Notes that are not whole beyond doubt are no notes. */
    private Changes changes(Known known, Optional<AttachmentRecord> use, Optional<TakePlan.Running> running)
            throws InterruptedException {
        if (known.newest.isEmpty()) {
            return Changes.unknown(ChangeTracking.none());
        }
        if (running.isEmpty() || use.isEmpty()) {
            return Changes.lost("no machine runs with the volume, and a host that copies it has no notes");
        }
        Hypervisor host = ground.host(use.get().host());
        if (host.changeTracking().isEmpty()) {
            return Changes.lost("host " + use.get().host() + " takes no notes of what is written");
        }
        if (known.newest.get().checkpoint.isEmpty()) {
            return Changes.lost("no notes began with " + known.newest.get().snapshot);
        }
        String name = known.newest.get().checkpoint.get();
        Optional<Tracking> tracking = host.changeTracking()
                .get()
                .find(running.get().machine(), new CheckpointId(name))
                .flatMap(checkpoint -> checkpoint.disks().stream()
                        .filter(disk -> disk.volume().equals(running.get().disk()))
                        .map(TrackedDisk::tracking)
                        .findAny());
        if (tracking.isEmpty()) {
            return Changes.lost("the machine has no checkpoint " + name + " of the volume");
        }
        Changes noted = tracking.get()
                .match(
                        whole -> new Changes(ChangeTracking.since(known.newest.get().snapshot), Optional.of(name)),
                        lost -> Changes.lost(lost.loss() + ", " + lost.evidence()),
                        unknown -> Changes.lost("nobody can say how the notes fare"));
        return noted.since.isPresent() ? unlessLost(known, noted) : noted;
    }

    /** Changes are worth nothing without what they are laid over, however good the notes are. */
    private Changes unlessLost(Known known, Changes noted) throws InterruptedException {
        return new LostLayers(ground)
                .in(ChainKey.of(known.volume.id()), known.newest.orElseThrow().line)
                .map(Changes::lost)
                .orElse(noted);
    }
}
