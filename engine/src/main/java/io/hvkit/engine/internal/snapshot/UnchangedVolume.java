package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.chain.Layer;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.LogicalSnapshot;
import io.hvkit.storage.spi.chain.Replica;
import java.util.Optional;

/** Compares a volume with which no machine runs with its newest snapshot in a store: where nothing differs, nothing is to be written. */
final class UnchangedVolume {

    private static final String SAME = "same";

    private final Ground ground;
    private final RecordId<VolumeRecord> volume;
    private final TakePlan plan;

    UnchangedVolume(Ground ground, RecordId<VolumeRecord> volume, TakePlan plan) {
        this.ground = ground;
        this.volume = volume;
        this.plan = plan;
    }

    /** Returns the newest snapshot in a store, if the volume was read to the last byte and holds the same. */
    Optional<SnapshotId> newestIn(PoolId store, Run run) throws InterruptedException {
        Facts newest = run.step(Step.recorded("newest", transaction -> newest(transaction, store)));
        if (newest.find("layers").isEmpty()) {
            return Optional.empty();
        }
        SnapshotSource source = SnapshotSource.of(newest);
        RestingBackup resting = new RestingBackup(ground, volume, plan, source.line());
        Facts seen = run.step(Step.of("unchanged", () -> {
                    Facts unused = resting.lend();
                    boolean isSame = resting.isUnchanged(run.progress());
                    resting.giveBack();
                    return isSame ? Facts.of(SAME, source.snapshot()) : Facts.NONE;
                })
                .undoneBy(evidence -> resting.giveBack()));
        return seen.find(SAME).map(SnapshotId::new);
    }

    /** Returns one that may hold the same, as evidence: it is whole, as large, in the clear or not as the volume is, and of its pool. */
    private Facts newest(Transaction transaction, PoolId store) {
        ChainLedger ledger = ChainLedger.of(transaction, ChainKey.of(volume).id());
        return ledger.newestIn(store)
                .flatMap(ledger.graph()::snapshot)
                .filter(this::isOfThisPool)
                .filter(snapshot -> isAsLarge(ledger, snapshot))
                .flatMap(snapshot -> facts(ledger, snapshot, store))
                .orElse(Facts.NONE);
    }

    private Optional<Facts> facts(ChainLedger ledger, LogicalSnapshot snapshot, PoolId store) {
        return snapshot.replicaIn(store)
                .filter(replica -> replica.state() == Replica.State.READY)
                .flatMap(replica -> ledger.graph().layer(replica.layer()))
                .filter(layer -> layer.state() == Layer.State.READY)
                .map(layer -> ledger.line(layer.id()))
                .filter(line -> line.stream().allMatch(each -> isLockedAlike(ledger.transaction(), each)))
                .map(line -> SnapshotSource.facts(ledger, snapshot.id(), line, plan.secrecy()));
    }

    private boolean isAsLarge(ChainLedger ledger, LogicalSnapshot snapshot) {
        return Optional.ofNullable(ledger.snapshots().get(snapshot.id()))
                .flatMap(SnapshotRecord::chained)
                .filter(chained -> chained.size().equals(plan.size()))
                .isPresent();
    }

    private boolean isOfThisPool(LogicalSnapshot snapshot) {
        return snapshot.takenIn().value().equals(plan.pool().value());
    }

    private boolean isLockedAlike(Transaction transaction, LayerId layer) {
        return LayerFiles.keyOf(transaction, layer).isPresent() == (plan.secrecy() == TakePlan.Secrecy.ENCRYPTED);
    }
}
