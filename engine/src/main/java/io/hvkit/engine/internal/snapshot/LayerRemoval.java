package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.chain.BlastRadius;
import io.hvkit.storage.spi.chain.ChainPlan;
import io.hvkit.storage.spi.chain.Layer;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.Step;
import java.util.List;
import java.util.Optional;

/**
 * Removes layers that were condemned, and nothing else. Right before one is removed, what the catalog says is read again: the layer must be
 * condemned still, read by nobody, and within reach of what is done.
 */
final class LayerRemoval {

    private final Ground ground;
    private final LayerFiles files;
    private final EndedLoans loans;

    LayerRemoval(Ground ground) {
        this.ground = ground;
        this.files = new LayerFiles(ground);
        this.loans = new EndedLoans(ground);
    }

    /** Something to plan, of a chain as it is then. */
    @FunctionalInterface
    interface Question {
        ChainPlan plan(ChainLedger ledger);
    }

    /**
     * Removes a condemned layer, once no host has it any more for a copy that has ended; does nothing if the chain knows it no more.
     *
     * @param subject the snapshot that is deleted; nothing if all that is due is
     * @throws DriverException with {@code DEFECT} if it is not to be removed; nothing is
     */
    void remove(ChainKey chain, LayerId layer, Optional<SnapshotId> subject) throws InterruptedException {
        boolean isThere = ground.catalog().inTransaction(transaction -> check(transaction, chain, layer, subject));
        if (isThere) {
            loans.takeBack(chain, layer);
            files.remove(layer);
        }
    }

    private static boolean check(Transaction transaction, ChainKey chain, LayerId layer, Optional<SnapshotId> subject) {
        ChainLedger ledger = ChainLedger.of(transaction, chain.id());
        Optional<Layer> known = ledger.graph().layer(layer);
        if (known.isEmpty()) {
            return false;
        }
        if (known.get().state() != Layer.State.DELETING || !ledger.graph().isUnread(layer)) {
            throw DriverException.because(Failure.DEFECT)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "layer %s is %s and was to be removed; it is kept",
                            layer, known.get().state());
        }
        subject.filter(id -> ledger.graph().snapshot(id).isPresent())
                .ifPresent(id -> BlastRadius.of(id).check(ledger.graph(), List.of(new Step.Delete(layer))));
        return true;
    }

    /** Notes that a layer is gone. */
    void forget(Transaction transaction, ChainKey chain, LayerId layer) {
        ChainLedger ledger = ChainLedger.of(transaction, chain.id());
        ledger.apply(new Step.Delete(layer));
        ChainWriting.write(ledger, ground);
    }

    /**
     * Plans, and notes what can be noted.
     *
     * @param tried layers whose removal was tried before; where one is still there, its store is left alone
     * @return the layer that is to be removed next, and what waits; nothing of it if all is done
     */
    Facts advance(Transaction transaction, ChainKey chain, List<LayerId> tried, Question question) {
        ChainLedger ledger = ChainLedger.of(transaction, chain.id());
        tried.stream()
                .filter(layer -> ledger.graph().layer(layer).isPresent())
                .forEach(layer -> ledger.down(layer.store()));
        ChainPlan plan = question.plan(ledger);
        Optional<Step> work = ledger.advance(plan);
        ChainWriting.write(ledger, ground);
        if (work.isEmpty()) {
            return Facts.of("waiting", plan.waiting().size());
        }
        if (!(work.get() instanceof Step.Delete removal)) {
            throw DriverException.because(Failure.DEFECT)
                    .effect(Effect.NOT_APPLIED)
                    .message("a deletion removes layers, and is planned to do %s; nothing is done", work.get());
        }
        return Facts.of("store", removal.layer().store())
                .with("layer", removal.layer().name());
    }

    /** Does all of it at once, for what is taken back. Whoever stops in it begins again. */
    void carryOut(ChainKey chain, Optional<SnapshotId> subject, Question question) throws InterruptedException {
        while (true) {
            Optional<LayerId> next = layer(
                    ground.catalog().inTransaction(transaction -> advance(transaction, chain, List.of(), question)));
            if (next.isEmpty()) {
                return;
            }
            remove(chain, next.get(), subject);
            ground.catalog().inTransaction(transaction -> {
                forget(transaction, chain, next.get());
                return next;
            });
        }
    }

    /** Returns the layer that evidence names, if there is one to remove. */
    static Optional<LayerId> layer(Facts evidence) {
        return evidence.find("layer").map(name -> new LayerId(new PoolId(evidence.text("store")), name));
    }
}
