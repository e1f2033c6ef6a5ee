package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.chain.ChainPlan;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.LogicalSnapshot;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** What must hold before a snapshot, or its chain, is copied to another store; and what it is read from. */
record CopyLook(Ground ground, CopyRequest request) {

    static final String SINGLE = "snapshot.copy";
    static final String CHAIN = "snapshot.copy-chain";

    private static final String THERE = "there";
    private static final String SECRECY = "secrecy";
    private static final String PENDING = "pending";

    /** Returns what the journal keeps of a request. */
    static Facts facts(CopyRequest request) {
        return Facts.of("snapshot", request.snapshot()).with("store", request.store());
    }

    /** Returns the request that the journal keeps so. */
    static CopyRequest request(Facts facts) {
        return new CopyRequest(new RecordId<>(facts.text("snapshot")), new RecordId<>(facts.text("store")));
    }

    /** Returns what is claimed: of a chain, older snapshots may be deleted meanwhile, but for the one that is being copied. */
    static SortedSet<String> objects(CopyRequest request) {
        return new TreeSet<>(Set.of(DeleteSnapshotProcedure.object(request.snapshot())));
    }

    SnapshotId id() {
        return ChainLedger.idOf(request.snapshot());
    }

    PoolId to() {
        return new PoolId(request.store().value());
    }

    /** What is to be done of a chain as it is then. */
    @FunctionalInterface
    interface Question {
        ChainPlan plan(ChainLedger ledger);
    }

    /** Says whether there is something to copy, and whether it can be. */
    Facts look(Question question) throws InterruptedException {
        Facts seen = new StoreLook(ground).look(id());
        Facts plan = ground.catalog().inTransaction(transaction -> {
            ChainLedger ledger = ledger(transaction, seen);
            LogicalSnapshot snapshot = ledger.graph().snapshot(id()).orElseThrow();
            PoolRecord store = transaction.pools().require(request.store());
            RecordId<PoolRecord> pool = ledger.graph()
                    .volume(snapshot.volume())
                    .map(volume -> new RecordId<PoolRecord>(volume.pool().value()))
                    .orElseGet(() -> new RecordId<>(snapshot.takenIn().value()));
            StoreRules.requireOther(transaction, store, snapshot.volume().value(), pool);
            return question.plan(ledger).steps().isEmpty()
                    ? seen.with(THERE, store.id())
                    : seen.with(SECRECY, secrecy(transaction, ledger));
        });
        if (!isThere(plan)) {
            PoolRecord store = ground.catalog()
                    .inTransaction(transaction -> transaction.pools().require(request.store()));
            StoreRules.requireLayers(ground, store, secrecy(plan), "copies of snapshot " + id());
        }
        return plan;
    }

    /** Returns whether evidence of a look tells that there is nothing to do. */
    static boolean isThere(Facts seen) {
        return seen.find(THERE).isPresent();
    }

    static TakePlan.Secrecy secrecy(Facts seen) {
        return TakePlan.Secrecy.valueOf(seen.text(SECRECY));
    }

    /** Returns the chain, in which stores that were seen in trouble do not answer. */
    ChainLedger ledger(Transaction transaction, Facts seen) {
        ChainLedger ledger = ChainLedger.of(transaction, id());
        ledger.know(request.store());
        StoreLook.troubled(seen).stream().filter(store -> !store.equals(to())).forEach(ledger::down);
        return ledger;
    }

    private TakePlan.Secrecy secrecy(Transaction transaction, ChainLedger ledger) {
        return LayerFiles.isEncrypted(transaction, line(ledger)) ? TakePlan.Secrecy.ENCRYPTED : TakePlan.Secrecy.PLAIN;
    }

    /** Returns what is read: the best of the other copies, and all that it stands on. */
    private List<LayerId> line(ChainLedger ledger) {
        LayerId best = ledger.planner().sources(id(), to()).ranked().stream()
                .filter(source -> source.isFit() && !source.replica().store().equals(to()))
                .findFirst()
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .effect(Effect.NOT_APPLIED)
                        .message("snapshot %s has no other copy that can be read", id()))
                .replica()
                .layer();
        return ledger.line(best);
    }

    /**
     * Returns, as evidence, an older operation that copies this chain there, or any of its snapshots if this one copies a chain: two would
     * write the same layers. Of two that were begun at once, the older one goes on.
     *
     * @param own the operation that asks
     */
    Optional<Facts> inTheWay(ChainLedger ledger, RecordId<OperationRecord> own) {
        List<OperationRecord> open = ledger.transaction().journal().open();
        boolean isChain =
                open.stream().anyMatch(one -> one.id().equals(own) && one.kind().equals(CHAIN));
        return open.stream()
                .takeWhile(other -> !other.id().equals(own)) // those that follow find this one
                .filter(other ->
                        other.kind().equals(CHAIN) || (isChain && other.kind().equals(SINGLE)))
                .filter(other ->
                        other.request().text("store").equals(request.store().value()))
                .filter(other -> isOf(ledger, other))
                .findFirst()
                .map(other -> Facts.of(PENDING, other.id()));
    }

    /**
     * Goes on if nobody was in the way. That is said between two steps: what a transaction throws that may pass is tried again there.
     *
     * @throws DriverException with {@code OPERATION_PENDING}, and nothing was done
     */
    void requireAlone(Facts begun) {
        Optional<String> other = begun.find(PENDING);
        if (other.isPresent()) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "snapshots of the volume of %s are being copied to %s by operation %s; wait for that",
                            id(), request.store(), other.get());
        }
    }

    private static boolean isOf(ChainLedger ledger, OperationRecord copy) {
        return ledger.snapshots().containsKey(new SnapshotId(copy.request().text("snapshot")));
    }
}
