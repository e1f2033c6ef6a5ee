package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.ChainRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.storage.spi.chain.ChainGraph;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.LogicalSnapshot;
import io.hvkit.storage.spi.chain.Replica;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Snapshots as the catalog knows them. */
public final class KnownSnapshots {

    private KnownSnapshots() {}

    /** Returns a snapshot, if there is one. */
    public static Optional<Snapshot> find(Transaction transaction, RecordId<SnapshotRecord> id) {
        SnapshotId known = ChainLedger.idOf(id);
        return ChainLedger.find(transaction, known).map(ledger -> snapshot(ledger, known));
    }

    /** Returns the snapshots of a volume, the oldest first, those too that are deleted and kept for others. */
    public static List<Snapshot> list(Transaction transaction, RecordId<VolumeRecord> volume) {
        ChainLedger ledger = ChainLedger.of(transaction, ChainRecord.idOf(volume));
        return ledger.graph().snapshotsOf(ledger.volumeId()).stream()
                .map(id -> snapshot(ledger, id))
                .toList();
    }

    /** Returns the chain of a volume. */
    public static ChainGraph graph(Transaction transaction, RecordId<VolumeRecord> volume) {
        return ChainLedger.of(transaction, ChainRecord.idOf(volume)).graph();
    }

    /** Returns the chain that a snapshot is in, if there is such a snapshot. */
    public static Optional<ChainGraph> graphOf(Transaction transaction, RecordId<SnapshotRecord> id) {
        return ChainLedger.find(transaction, ChainLedger.idOf(id)).map(ChainLedger::graph);
    }

    private static Snapshot snapshot(ChainLedger ledger, SnapshotId id) {
        SnapshotRecord row = Optional.ofNullable(ledger.snapshots().get(id)).orElseThrow();
        ChainGraph graph = ledger.graph();
        LogicalSnapshot chained = graph.snapshot(id).orElseThrow();
        long layers = chained.replicas().values().stream()
                .filter(replica -> replica.state() == Replica.State.READY)
                .mapToLong(replica -> graph.length(replica.layer(), Long.MAX_VALUE))
                .min()
                .orElse(0);
        return new Snapshot(
                row.id(),
                row.name(),
                row.createdAt(),
                row.chained().orElseThrow().size(),
                row.chained().orElseThrow().consistency(),
                chained,
                layers,
                reasons(ledger, chained),
                graph.blockers(id));
    }

    private static Map<PoolId, String> reasons(ChainLedger ledger, LogicalSnapshot snapshot) {
        Map<PoolId, String> reasons = new HashMap<>();
        snapshot.replicas()
                .forEach((store, replica) -> Optional.ofNullable(ledger.layers().get(replica.layer()))
                        .flatMap(BackupRecord::layer)
                        .flatMap(BackupRecord.Layer::because)
                        .ifPresent(because -> reasons.put(
                                store,
                                sharing(ledger.graph(), snapshot, replica.layer())
                                        .map(first -> "nothing was written since " + first)
                                        .orElse(because))));
        return reasons;
    }

    /** Returns the oldest other snapshot that a layer was shared with, if it was not written for this one. */
    private static Optional<SnapshotId> sharing(ChainGraph graph, LogicalSnapshot snapshot, LayerId layer) {
        return graph.snapshotsOn(layer).stream()
                .flatMap(id -> graph.snapshot(id).stream())
                .filter(other -> other.sequence() < snapshot.sequence())
                .min(Comparator.comparingLong(LogicalSnapshot::sequence))
                .map(LogicalSnapshot::id);
    }
}
