package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.SnapshotRecord.Consistency;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.SnapshotId;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.chain.Layer;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.Step;
import java.util.List;
import java.util.Optional;

/**
 * A snapshot of which turns out, once its layer of changes is written, that there were none: it lives on the layer that its own was to stand
 * on, beside those that live there, and its own goes.
 */
final class UnchangedTake {

    private static final String UNCHANGED = "unchanged";

    private final Ground ground;
    private final LayerFiles files;
    private final SnapshotId id;

    UnchangedTake(Ground ground, SnapshotId id) {
        this.ground = ground;
        this.files = new LayerFiles(ground);
        this.id = id;
    }

    /**
     * Adds to evidence which layer holds the same, if one does. A volume at rest was compared with it before.
     *
     * @param line the layer that was written and all that it stands on, from the top down; the host has the first
     */
    Facts look(Facts evidence, List<LayerId> line, TakePlan plan) throws InterruptedException {
        boolean isSo = plan.running().isPresent()
                && line.size() > 1
                && files.isEmpty(line.get(0), plan.host())
                && files.find(line.get(1))
                        .map(Volume::size)
                        .filter(plan.size()::equals)
                        .isPresent();
        return isSo ? evidence.with(UNCHANGED, line.get(1).name()) : evidence;
    }

    /** Returns the layer that holds the same, if evidence tells of one: that which its own stands on by now, since one may be flattened. */
    static Optional<LayerId> shared(ChainLedger ledger, LayerId own, Facts evidence) {
        return evidence.find(UNCHANGED)
                .flatMap(seen -> ledger.graph().layer(own))
                .flatMap(Layer::parent);
    }

    /**
     * Notes that it lives on another layer. What follows holds what was written since this one, for which there are newer notes: those that
     * began with its own layer.
     */
    Facts publish(ChainLedger ledger, LayerId shared, Optional<String> checkpoint, Consistency consistency) {
        ledger.apply(new Step.Share(id, shared));
        ledger.apply(new Step.Publish(id));
        ChainWriting.write(ledger, ground, ChainWriting.Found.unchanged(shared, checkpoint));
        Transaction transaction = ledger.transaction();
        SnapshotRecord whole = transaction.snapshots().require(new RecordId<>(id.value()));
        transaction
                .snapshots()
                .update(whole.chained(whole.chained().orElseThrow().being(consistency)));
        return Facts.of("snapshot", id).with("shared", shared.name());
    }
}
