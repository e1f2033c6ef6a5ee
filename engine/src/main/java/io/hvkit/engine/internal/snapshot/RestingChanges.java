package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.PoolId;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.SnapshotId;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.chain.ChangeTracking;
import io.hvkit.storage.spi.chain.Layer;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.LogicalSnapshot;
import io.hvkit.storage.spi.chain.Replica;
import java.util.List;
import java.util.Optional;

/**
 * What is known of what was written to a volume with which no machine runs, and of which nobody took notes: it is compared with its newest
 * snapshot in a store. Where nothing differs nothing is to be written, and else what differs, if that can be told from what is there.
 */
final class RestingChanges {

    private static final String SAME = "same";
    private static final String OTHER = "other";

    private final Ground ground;
    private final RecordId<VolumeRecord> volume;
    private final TakePlan plan;

    RestingChanges(Ground ground, RecordId<VolumeRecord> volume, TakePlan plan) {
        this.ground = ground;
        this.volume = volume;
        this.plan = plan;
    }

    /** Reads the volume and its newest snapshot in a store, to the first byte that differs. */
    ChangeTracking since(PoolId store, Run run) throws InterruptedException {
        Facts newest = run.step(Step.recorded("newest", transaction -> newest(transaction, store)));
        if (newest.find("layers").isEmpty()) {
            return known(newest);
        }
        SnapshotSource source = SnapshotSource.of(newest);
        RestingBackup resting = new RestingBackup(ground, volume, plan, source.line());
        ByteSize size = ByteSize.bytes(Long.parseLong(newest.text("size")));
        return known(run.step(Step.of("unchanged", () -> compare(source, size, resting, run.progress()))
                .undoneBy(evidence -> resting.giveBack())));
    }

    private ChangeTracking known(Facts seen) {
        return seen.find(SAME)
                .map(SnapshotId::new)
                .map(ChangeTracking::nothingSince)
                .or(() -> seen.find(OTHER).map(SnapshotId::new).map(ChangeTracking::since))
                .or(() -> seen.find(RestingBackup.TROUBLE).map(ChangeTracking::broken))
                .orElse(plan.tracking());
    }

    private Facts compare(SnapshotSource source, ByteSize size, RestingBackup resting, ProgressListener listener)
            throws InterruptedException {
        Optional<String> lost = new LostLayers(ground).in(ChainKey.of(volume), source.line());
        if (lost.isPresent()) {
            return trouble(lost.get());
        }
        Facts unused = resting.lend();
        RestingBackup.Likeness seen = resting.likeness(listener);
        resting.giveBack();
        if (seen == RestingBackup.Likeness.UNREADABLE) {
            return trouble("the layers of " + source.snapshot() + " cannot be read");
        }
        if (seen == RestingBackup.Likeness.SAME && size.equals(plan.size())) {
            return Facts.of(SAME, source.snapshot());
        }
        return resting.canWriteChanges()
                ? Facts.of(OTHER, source.snapshot())
                : trouble("no machine runs with the volume, and host " + plan.host()
                        + " writes no layers of what differs");
    }

    private static Facts trouble(String trouble) {
        return Facts.of(RestingBackup.TROUBLE, trouble);
    }

    /** Returns one that it can be compared with, as evidence; or why not, unless whoever plans the snapshot sees it for himself. */
    private Facts newest(Transaction transaction, PoolId store) {
        ChainLedger ledger = ChainLedger.of(transaction, ChainKey.of(volume).id());
        return ledger.newestIn(store)
                .flatMap(ledger.graph()::snapshot)
                .filter(this::isOfThisPool)
                .flatMap(snapshot -> facts(ledger, snapshot, store))
                .orElse(Facts.NONE);
    }

    private Optional<Facts> facts(ChainLedger ledger, LogicalSnapshot snapshot, PoolId store) {
        return snapshot.replicaIn(store)
                .filter(replica -> replica.state() == Replica.State.READY)
                .flatMap(replica -> ledger.graph().layer(replica.layer()))
                .filter(layer -> layer.state() == Layer.State.READY)
                .map(layer -> facts(ledger, snapshot.id(), ledger.line(layer.id())));
    }

    private Facts facts(ChainLedger ledger, SnapshotId snapshot, List<LayerId> line) {
        Facts facts = SnapshotSource.facts(ledger, snapshot, line, plan.secrecy());
        if (ByteSize.bytes(Long.parseLong(facts.text("size"))).compareTo(plan.size()) > 0) {
            return trouble("the volume was larger when " + snapshot + " was taken");
        }
        return line.stream().allMatch(layer -> isLockedAlike(ledger.transaction(), layer))
                ? facts
                : trouble("layers of " + snapshot + " are encrypted and the volume is not, or the other way round");
    }

    private boolean isOfThisPool(LogicalSnapshot snapshot) {
        return snapshot.takenIn().value().equals(plan.pool().value());
    }

    private boolean isLockedAlike(Transaction transaction, LayerId layer) {
        return LayerFiles.keyOf(transaction, layer).isPresent() == (plan.secrecy() == TakePlan.Secrecy.ENCRYPTED);
    }
}
