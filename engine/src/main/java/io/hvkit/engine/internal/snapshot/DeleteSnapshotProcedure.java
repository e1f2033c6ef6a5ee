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
import io.hvkit.storage.spi.chain.LogicalSnapshot;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Deletes a snapshot: it is marked first, and from then on it goes; its layers go if nobody reads them, or are hidden. What could not be
 * removed stays marked, and counts as used, until it is.
 */
public final class DeleteSnapshotProcedure implements Procedure<RecordId<SnapshotRecord>, RecordId<SnapshotRecord>> {

    private final Ground ground;
    private final RemovalSteps steps;

    /** Makes it. */
    public DeleteSnapshotProcedure(Ground ground) {
        this.ground = ground;
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

    private Facts find(Transaction transaction, SnapshotId id) {
        Optional<ChainLedger> known = ChainLedger.find(transaction, id);
        known.filter(ledger -> isAbandoned(ledger, id)).ifPresent(ledger -> {
            ledger.apply(new io.hvkit.storage.spi.chain.Step.Fail(id));
            ChainWriting.write(ledger, ground);
        });
        return known.map(ledger -> Facts.of("chain", ledger.chain())).orElse(Facts.NONE);
    }

    /** Whoever took it has ended, and could not even note that it failed; a snapshot has the id of the operation that takes it. */
    private static boolean isAbandoned(ChainLedger ledger, SnapshotId id) {
        boolean isUnfinished = ledger.graph()
                .snapshot(id)
                .filter(snapshot -> snapshot.usage() == LogicalSnapshot.Usage.NOT_STARTED
                        && snapshot.state() != LogicalSnapshot.State.ERROR
                        && snapshot.state() != LogicalSnapshot.State.DESTROYING)
                .isPresent();
        return isUnfinished
                && ledger.transaction()
                        .journal()
                        .find(new RecordId<>(id.value()))
                        .filter(operation -> !operation.state().isEnded())
                        .isEmpty();
    }

    @Override
    public RecordId<SnapshotRecord> result(RecordId<SnapshotRecord> snapshot, Facts result) {
        return snapshot;
    }
}
