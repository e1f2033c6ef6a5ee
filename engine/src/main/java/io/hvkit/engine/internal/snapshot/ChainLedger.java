package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.ChainRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.ReadingRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.ReplicaRecord;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.ChainGraph;
import io.hvkit.storage.spi.chain.ChainPlan;
import io.hvkit.storage.spi.chain.ChainPlanner;
import io.hvkit.storage.spi.chain.ChainRows;
import io.hvkit.storage.spi.chain.ChainStore;
import io.hvkit.storage.spi.chain.ChainVolume;
import io.hvkit.storage.spi.chain.Layer;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.LogicalSnapshot;
import io.hvkit.storage.spi.chain.Replica;
import io.hvkit.storage.spi.chain.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The snapshots of one volume within a transaction: read from the catalog as a graph, changed by steps, and {@linkplain ChainWriting
 * written back} where they differ. Nothing of other volumes is read, but for those that are being made of these snapshots.
 */
final class ChainLedger {

    private final Transaction transaction;
    private final RecordId<ChainRecord> chain;
    private final Optional<ChainRecord> known;
    private final Map<SnapshotId, SnapshotRecord> snapshots = new LinkedHashMap<>();
    private final Map<LayerId, BackupRecord> layers = new LinkedHashMap<>();
    private final Map<ReplicaKey, ReplicaRecord> replicas = new LinkedHashMap<>();
    private final Map<VolumeId, ReadingRecord> readings = new LinkedHashMap<>();
    private ChainGraph graph;

    /** Which copy: a snapshot has one in each store at most. */
    record ReplicaKey(SnapshotId snapshot, PoolId store) {}

    private ChainLedger(Transaction transaction, RecordId<ChainRecord> chain) {
        this.transaction = transaction;
        this.chain = chain;
        this.known = transaction.chains().find(chain);
        transaction.snapshots().where(SnapshotRecord.CHAIN, chain).forEach(row -> snapshots.put(idOf(row.id()), row));
        transaction.backups().where(BackupRecord.CHAIN, chain).forEach(row -> layers.put(layerOf(row), row));
        Map<RecordId<BackupRecord>, LayerId> names = new HashMap<>();
        layers.forEach((layer, row) -> names.put(row.id(), layer));
        transaction.replicas().where(ReplicaRecord.CHAIN, chain).forEach(row -> {
            LayerId layer = require(names, row.layer());
            replicas.put(new ReplicaKey(idOf(row.snapshot()), layer.store()), row);
        });
        transaction
                .readings()
                .where(ReadingRecord.CHAIN, chain)
                .forEach(row -> readings.put(new VolumeId(row.id().value()), row));
        this.graph = withFacts(ChainGraph.of(rows(names)));
    }

    /** Reads the chain of a volume, which may have no snapshots, or be gone. */
    static ChainLedger of(Transaction transaction, RecordId<ChainRecord> chain) {
        return new ChainLedger(transaction, chain);
    }

    /**
     * Reads the chain of a snapshot.
     *
     * @throws DriverException with {@code NOT_FOUND} if there is no such snapshot, or it stands in no chain
     */
    static ChainLedger of(Transaction transaction, SnapshotId snapshot) {
        return find(transaction, snapshot)
                .orElseThrow(
                        () -> DriverException.because(Failure.NOT_FOUND).message("there is no snapshot %s", snapshot));
    }

    /** Reads the chain of a snapshot, if there is such a snapshot. */
    static Optional<ChainLedger> find(Transaction transaction, SnapshotId snapshot) {
        return transaction
                .snapshots()
                .find(new RecordId<>(snapshot.value()))
                .flatMap(SnapshotRecord::chained)
                .map(chained -> new ChainLedger(transaction, chained.chain()));
    }

    static SnapshotId idOf(RecordId<SnapshotRecord> record) {
        return new SnapshotId(record.value());
    }

    /** Returns the layer of a record, whose name says it. */
    static LayerId layerOf(BackupRecord record) {
        PoolId store = new PoolId(record.layer().orElseThrow().store().value());
        return new LayerId(store, record.name().substring(store.value().length() + 1));
    }

    private static <K, V> V require(Map<K, V> map, K key) {
        return Optional.ofNullable(map.get(key))
                .orElseThrow(() -> DriverException.because(Failure.CORRUPT_DATA)
                        .message("a copy of a snapshot is in layer %s, which is none of its chain", key));
    }

    private ChainRows rows(Map<RecordId<BackupRecord>, LayerId> names) {
        Set<PoolId> stores = new LinkedHashSet<>();
        List<ChainVolume> volumes = new ArrayList<>();
        known.ifPresent(row -> {
            PoolId pool = new PoolId(row.pool().value());
            stores.add(pool);
            volumes.add(new ChainVolume(
                    volumeId(),
                    pool,
                    ChainVolume.Life.valueOf(row.life().name()),
                    Optional.empty(),
                    Optional.empty(),
                    Set.of(),
                    row.next(),
                    Optional.empty()));
        });
        readings.forEach((volume, row) -> {
            PoolId pool = new PoolId(row.pool().value());
            stores.add(pool);
            volumes.add(new ChainVolume(
                    volume,
                    pool,
                    ChainVolume.Life.PRESENT,
                    Optional.empty(),
                    Optional.empty(),
                    Set.of(require(names, row.layer())),
                    1,
                    Optional.of(new SnapshotId(row.snapshot()))));
        });
        List<Layer> all = new ArrayList<>();
        layers.forEach((layer, row) -> {
            BackupRecord.Layer standing = row.layer().orElseThrow();
            stores.add(layer.store());
            all.add(new Layer(
                    layer,
                    standing.parent().map(parent -> require(names, parent)),
                    Layer.State.valueOf(standing.state().name())));
        });
        List<LogicalSnapshot> logical = new ArrayList<>();
        snapshots.forEach((id, row) -> {
            SnapshotRecord.Chained chained = row.chained().orElseThrow();
            stores.add(new PoolId(chained.takenIn().value()));
            logical.add(logical(id, chained, names));
        });
        return new ChainRows(stores.stream().map(ChainStore::of).toList(), volumes, all, logical);
    }

    private LogicalSnapshot logical(
            SnapshotId id, SnapshotRecord.Chained chained, Map<RecordId<BackupRecord>, LayerId> names) {
        Map<PoolId, Replica> copies = new HashMap<>();
        replicas.forEach((key, row) -> {
            if (key.snapshot().equals(id)) {
                Replica.State state = Replica.State.valueOf(row.state().name());
                copies.put(key.store(), new Replica(require(names, row.layer()), state));
            }
        });
        return new LogicalSnapshot(
                id,
                volumeId(),
                chained.sequence(),
                new PoolId(chained.takenIn().value()),
                LogicalSnapshot.State.valueOf(chained.state().name()),
                LogicalSnapshot.Usage.valueOf(chained.usage().name()),
                copies);
    }

    /** Where the volume is now, and whether it is there, its own record says. */
    private ChainGraph withFacts(ChainGraph kept) {
        Optional<VolumeRecord> volume = transaction.volumes().find(new RecordId<>(chain.value()));
        if (volume.isEmpty()) {
            return kept.withoutVolume(volumeId());
        }
        PoolId pool = new PoolId(volume.get().place().pool().value());
        return knowing(kept, pool).withVolume(volumeId(), pool);
    }

    private static ChainGraph knowing(ChainGraph graph, PoolId store) {
        return graph.store(store).isPresent() ? graph : graph.withStore(ChainStore.of(store));
    }

    /** Makes the graph know a store of which it may have nothing yet. */
    void know(RecordId<PoolRecord> store) {
        graph = knowing(graph, new PoolId(store.value()));
    }

    /** Makes the graph hold that a store does not answer, for as long as this ledger is used. */
    void down(PoolId store) {
        graph = graph.withStore(ChainStore.of(store).being(ChainStore.Standing.DOWN));
    }

    /** Makes the graph hold that a layer that was whole is lost, and so all that stand on it. */
    void lost(LayerId layer) {
        if (graph.layer(layer)
                .filter(known -> known.state() == Layer.State.READY)
                .isPresent()) {
            graph = graph.withUnusable(layer);
        }
    }

    /** Makes the graph hold that a layer is whole again, if it was known not to be. */
    void found(LayerId layer) {
        graph = graph.withReadable(layer);
    }

    VolumeId volumeId() {
        return new VolumeId(chain.value());
    }

    RecordId<ChainRecord> chain() {
        return chain;
    }

    Transaction transaction() {
        return transaction;
    }

    ChainGraph graph() {
        return graph;
    }

    ChainPlanner planner() {
        return ChainPlanner.of(graph);
    }

    Optional<ChainRecord> known() {
        return known;
    }

    Map<SnapshotId, SnapshotRecord> snapshots() {
        return snapshots;
    }

    Map<LayerId, BackupRecord> layers() {
        return layers;
    }

    Map<ReplicaKey, ReplicaRecord> replicas() {
        return replicas;
    }

    Map<VolumeId, ReadingRecord> readings() {
        return readings;
    }

    /** Applies one step. */
    void apply(Step step) {
        graph = graph.apply(step).graph();
    }

    /** Makes the graph forget a volume that was to be made and is not. */
    void withoutVolume(VolumeId volume) {
        graph = graph.withoutVolume(volume);
    }

    /** Applies the notes of a plan as far as its first work, which is returned and not applied. */
    Optional<Step> advance(ChainPlan plan) {
        for (Step step : plan.steps()) {
            if (!step.needs().isEmpty()) {
                return Optional.of(step);
            }
            apply(step);
        }
        return Optional.empty();
    }

    /** Returns the newest snapshot in a store. */
    Optional<SnapshotId> newestIn(PoolId store) {
        return graph.newestIn(store, volumeId(), Long.MAX_VALUE);
    }

    /** Returns since when a machine notes what was written after the newest snapshot in a store, if one did. */
    Optional<String> checkpointOfNewest(PoolId store) {
        return newestIn(store)
                .flatMap(graph::snapshot)
                .flatMap(snapshot -> snapshot.replicaIn(store))
                .flatMap(replica -> Optional.ofNullable(layers.get(replica.layer())))
                .flatMap(BackupRecord::layer)
                .flatMap(BackupRecord.Layer::checkpoint);
    }

    /** Returns a layer and all that it stands on, from the top down. */
    List<LayerId> line(LayerId top) {
        List<LayerId> line = new ArrayList<>();
        Optional<Layer> at = graph.layer(top);
        while (at.isPresent()) {
            line.add(at.get().id());
            at = at.get().parent().flatMap(graph::layer);
        }
        return line;
    }
}
