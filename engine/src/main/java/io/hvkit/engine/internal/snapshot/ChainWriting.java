package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.ChainRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.ReadingRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.ReplicaRecord;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.chain.ChainGraph;
import io.hvkit.storage.spi.chain.ChainVolume;
import io.hvkit.storage.spi.chain.Layer;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.LogicalSnapshot;
import io.hvkit.storage.spi.chain.Replica;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Writes a ledger's graph to the catalog: what is new, what is another one, and what is gone, each record only if it differs. What
 * refers goes before what it refers to, and a key is retired with the last layer that needs it.
 */
final class ChainWriting {

    /**
     * What the graph does not know of a snapshot that is new in it.
     *
     * @param name its name
     * @param size what the machine sees
     * @param at when it was asked for
     * @param key the key of its layer, if that is encrypted; stored already
     * @param because why its layer is full, or holds what was written alone
     */
    record Fresh(String name, ByteSize size, Instant at, Optional<RecordId<KeyRecord>> key, String because) {}

    /**
     * What was found of a layer that has become whole, or that a newer snapshot shares.
     *
     * @param layer the layer
     * @param checkpoint since when its machine notes what is written, if that was noted
     * @param size how many bytes it takes, if that was looked at
     * @param consistency what file systems are like in its snapshot, if that was taken with it
     */
    record Found(
            LayerId layer,
            Optional<String> checkpoint,
            Optional<ByteSize> size,
            Optional<SnapshotRecord.Consistency> consistency) {

        /** Returns what was found of a layer that was copied. */
        static Found copied(LayerId layer, ByteSize size) {
            return new Found(layer, Optional.empty(), Optional.of(size), Optional.empty());
        }

        /** Returns what was found of one that holds what a newer snapshot does. */
        static Found unchanged(LayerId layer, Optional<String> checkpoint) {
            return new Found(layer, checkpoint, Optional.empty(), Optional.empty());
        }

        private boolean isOf(LogicalSnapshot snapshot) {
            return snapshot.replicaIn(layer.store())
                    .filter(replica -> replica.layer().equals(layer))
                    .isPresent();
        }
    }

    private final ChainLedger ledger;
    private final Ground ground;
    private final Optional<Fresh> fresh;
    private final Optional<Found> found;
    private final Set<SnapshotId> touched = new LinkedHashSet<>();
    private final Transaction transaction;
    private final ChainGraph graph;
    private final Map<LayerId, RecordId<BackupRecord>> ids = new HashMap<>();

    private ChainWriting(ChainLedger ledger, Ground ground, Optional<Fresh> fresh, Optional<Found> found) {
        this.ledger = ledger;
        this.ground = ground;
        this.fresh = fresh;
        this.found = found;
        this.transaction = ledger.transaction();
        this.graph = ledger.graph();
    }

    /** Writes a graph in which nothing is new. */
    static void write(ChainLedger ledger, Ground ground) {
        new ChainWriting(ledger, ground, Optional.empty(), Optional.empty()).write();
    }

    /** Writes a graph in which a snapshot may be new. */
    static void write(ChainLedger ledger, Ground ground, Fresh fresh) {
        new ChainWriting(ledger, ground, Optional.of(fresh), Optional.empty()).write();
    }

    /** Writes a graph in which a layer has become whole. */
    static void write(ChainLedger ledger, Ground ground, Found found) {
        new ChainWriting(ledger, ground, Optional.empty(), Optional.of(found)).write();
    }

    private void write() {
        ledger.layers().forEach((layer, row) -> ids.put(layer, row.id()));
        boolean isEmpty =
                graph.rows().snapshots().isEmpty() && graph.rows().layers().isEmpty();
        if (!isEmpty) {
            writeChain();
        }
        graph.rows().layers().forEach(this::write);
        graph.rows().snapshots().forEach(this::write);
        graph.rows().volumes().forEach(this::writeReadings);
        removeReadings();
        removeReplicas();
        removeSnapshots();
        removeLayers();
        SnapshotCounting counting = new SnapshotCounting(ledger, ground.ledger(transaction));
        counting.countAll(touched);
        if (isEmpty) {
            ledger.known().ifPresent(transaction.chains()::delete);
        }
    }

    private void writeChain() {
        ChainVolume volume = graph.volume(ledger.volumeId()).orElseThrow();
        ChainRecord now = new ChainRecord(
                ledger.chain(),
                ledger.known().map(ChainRecord::version).orElse(0L),
                new RecordId<>(volume.pool().value()),
                ChainRecord.Life.valueOf(volume.life().name()),
                volume.next());
        if (ledger.known().isEmpty()) {
            transaction.chains().insert(now);
        } else if (!ledger.known().get().equals(now)) {
            transaction.chains().update(now);
        }
    }

    /** The graph lists layers by their ids; what one stands on is written before it. */
    private void write(Layer layer) {
        BackupRecord known = ledger.layers().get(layer.id());
        if (known == null && ids.containsKey(layer.id())) {
            return; // as the parent of another one
        }
        layer.parent()
                .filter(parent -> !ids.containsKey(parent))
                .flatMap(graph::layer)
                .ifPresent(this::write);
        Optional<RecordId<BackupRecord>> parent = layer.parent().map(ids::get);
        BackupRecord.State state = BackupRecord.State.valueOf(layer.state().name());
        if (known == null) {
            Fresh made = fresh.orElseThrow();
            BackupRecord.Layer standing = new BackupRecord.Layer(
                    ledger.chain(),
                    pool(layer.id().store()),
                    parent,
                    state,
                    Optional.empty(),
                    Optional.of(made.size()),
                    Optional.of(made.because()));
            BackupRecord record = new BackupRecord(
                    RecordId.random(), 0, Optional.empty(), layer.id().toString(), made.key(), made.at());
            made.key().ifPresent(key -> ground.keys().claim(transaction, key));
            ids.put(
                    layer.id(),
                    transaction.backups().insert(record.standing(standing)).id());
            return;
        }
        BackupRecord.Layer was = known.layer().orElseThrow();
        BackupRecord.Layer now = found.filter(one -> one.layer().equals(layer.id()))
                .map(one -> was.being(state, parent, one.checkpoint().or(was::checkpoint))
                        .counting(one.size().or(was::counted).orElseThrow()))
                .orElseGet(() -> because(was, was.being(state, parent, was.checkpoint())));
        if (!now.equals(was)) {
            touched.addAll(graph.snapshotsOn(layer.id()));
            transaction.backups().update(known.standing(now));
        }
    }

    /** One that is to be written in another way than it was to be has another reason. */
    private BackupRecord.Layer because(BackupRecord.Layer was, BackupRecord.Layer now) {
        boolean isAnother =
                now.state() == BackupRecord.State.WRITING && !now.parent().equals(was.parent());
        return fresh.filter(made -> isAnother)
                .map(made -> new BackupRecord.Layer(
                        now.chain(),
                        now.store(),
                        now.parent(),
                        now.state(),
                        now.checkpoint(),
                        now.counted(),
                        Optional.of(made.because())))
                .orElse(now);
    }

    private void write(LogicalSnapshot snapshot) {
        SnapshotRecord known = ledger.snapshots().get(snapshot.id());
        SnapshotRecord.Chained now = new SnapshotRecord.Chained(
                ledger.chain(),
                snapshot.sequence(),
                pool(snapshot.takenIn()),
                SnapshotRecord.State.valueOf(snapshot.state().name()),
                SnapshotRecord.Usage.valueOf(snapshot.usage().name()),
                known == null
                        ? fresh.orElseThrow().size()
                        : known.chained().orElseThrow().size(),
                found.filter(one -> one.isOf(snapshot))
                        .flatMap(Found::consistency)
                        .or(() -> Optional.ofNullable(known)
                                .flatMap(SnapshotRecord::chained)
                                .map(SnapshotRecord.Chained::consistency))
                        .orElse(SnapshotRecord.Consistency.UNKNOWN));
        if (known == null) {
            Fresh made = fresh.orElseThrow();
            SnapshotRecord record = new SnapshotRecord(
                    new RecordId<>(snapshot.id().value()),
                    0,
                    Optional.of(new RecordId<VolumeRecord>(ledger.chain().value())),
                    made.name(),
                    Optional.empty(),
                    made.at());
            transaction.snapshots().insert(record.chained(now));
            touched.add(snapshot.id());
        } else if (!known.chained().orElseThrow().equals(now)) {
            touched.add(snapshot.id());
            transaction.snapshots().update(known.chained(now));
        }
        snapshot.replicas().values().forEach(replica -> write(snapshot.id(), replica));
    }

    private void write(SnapshotId snapshot, Replica replica) {
        ReplicaRecord known = ledger.replicas().get(new ChainLedger.ReplicaKey(snapshot, replica.store()));
        RecordId<BackupRecord> layer = idOf(replica.layer());
        ReplicaRecord.State state = ReplicaRecord.State.valueOf(replica.state().name());
        if (known != null && known.layer().equals(layer)) {
            if (known.state() != state) {
                transaction.replicas().update(known.in(state));
                touched.add(snapshot);
            }
            return;
        }
        touched.add(snapshot);
        if (known != null) {
            transaction.replicas().delete(known);
        }
        RecordId<SnapshotRecord> of = new RecordId<>(snapshot.value());
        transaction.replicas().insert(new ReplicaRecord(RecordId.random(), 0, ledger.chain(), of, layer, state));
    }

    private void writeReadings(ChainVolume volume) {
        if (volume.id().equals(ledger.volumeId())) {
            return;
        }
        ReadingRecord known = ledger.readings().get(volume.id());
        for (LayerId layer : volume.reads()) {
            SnapshotId origin = volume.origin().orElseThrow();
            ReadingRecord now = new ReadingRecord(
                    new RecordId<>(volume.id().value()),
                    known == null ? 0 : known.version(),
                    ledger.chain(),
                    origin.value(),
                    idOf(layer),
                    pool(volume.pool()));
            if (known == null) {
                transaction.readings().insert(now);
                touched.add(origin);
            } else if (!known.equals(now)) {
                transaction.readings().update(now);
                touched.add(origin);
            }
        }
    }

    private void removeReadings() {
        ledger.readings().forEach((volume, row) -> {
            if (graph.volume(volume).map(ChainVolume::reads).orElse(Set.of()).isEmpty()) {
                transaction.readings().delete(row);
                touched.add(new SnapshotId(row.snapshot()));
            }
        });
    }

    private void removeReplicas() {
        ledger.replicas().forEach((key, row) -> {
            Optional<LogicalSnapshot> snapshot = graph.snapshot(key.snapshot());
            if (snapshot.flatMap(some -> some.replicaIn(key.store())).isEmpty()) {
                transaction.replicas().delete(row);
                touched.add(key.snapshot());
            }
        });
    }

    private void removeSnapshots() {
        ledger.snapshots().forEach((id, row) -> {
            if (graph.snapshot(id).isEmpty()) {
                transaction.snapshots().delete(row);
                touched.add(id);
            }
        });
    }

    /** Those that stood on one that is gone stand on nothing by now. */
    private void removeLayers() {
        Set<LayerId> gone = new HashSet<>(ledger.layers().keySet());
        gone.removeIf(layer -> graph.layer(layer).isPresent());
        for (LayerId layer : gone) {
            BackupRecord row = ledger.layers().get(layer);
            if (row != null) {
                transaction.backups().delete(row);
                row.key().ifPresent(key -> ground.keys().release(transaction, key));
            }
        }
    }

    private RecordId<BackupRecord> idOf(LayerId layer) {
        return Optional.ofNullable(ids.get(layer)).orElseThrow();
    }

    private static RecordId<PoolRecord> pool(PoolId store) {
        return new RecordId<>(store.value());
    }

    static VolumeId volume(RecordId<VolumeRecord> record) {
        return new VolumeId(record.value());
    }
}
