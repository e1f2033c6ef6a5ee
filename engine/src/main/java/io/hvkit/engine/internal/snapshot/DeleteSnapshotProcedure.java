package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.SnapshotId;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Ground;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Deletes a snapshot: it is marked first, and from then on it goes; its layers go if nobody reads them, or are hidden. What could not be
 * removed stays marked, and counts as used, until it is.
 */
public final class DeleteSnapshotProcedure implements Procedure<RecordId<SnapshotRecord>, RecordId<SnapshotRecord>> {

    private final RemovalSteps steps;

    /** Makes it. */
    public DeleteSnapshotProcedure(Ground ground) {
        this.steps = new RemovalSteps(ground);
    }

    /** Returns the object that work on a snapshot works on. */
    static String object(RecordId<SnapshotRecord> snapshot) {
        return "snapshot:" + snapshot;
    }

    @Override
    public String kind() {
        return "snapshot.delete";
    }

    @Override
    public Facts facts(RecordId<SnapshotRecord> snapshot) {
        return Facts.of("snapshot", snapshot);
    }

    @Override
    public RecordId<SnapshotRecord> request(Facts facts) {
        return new RecordId<>(facts.text("snapshot"));
    }

    @Override
    public SortedSet<String> objects(RecordId<SnapshotRecord> snapshot) {
        return new TreeSet<>(Set.of(object(snapshot)));
    }

    @Override
    public Facts run(RecordId<SnapshotRecord> snapshot, Run run) throws InterruptedException {
        SnapshotId id = ChainLedger.idOf(snapshot);
        Facts found = run.step(Step.recorded("find", transaction -> find(transaction, id)));
        if (found.find("chain").isPresent()) {
            ChainKey chain = ChainKey.of(found.text("chain"));
            steps.run(run, chain, Optional.of(id), ledger -> ledger.planner().delete(id));
        }
        return Facts.of("snapshot", snapshot);
    }

    private static Facts find(Transaction transaction, SnapshotId id) {
        return ChainLedger.find(transaction, id)
                .map(ledger -> Facts.of("chain", ledger.chain()))
                .orElse(Facts.NONE);
    }

    @Override
    public RecordId<SnapshotRecord> result(RecordId<SnapshotRecord> snapshot, Facts result) {
        return snapshot;
    }
}
