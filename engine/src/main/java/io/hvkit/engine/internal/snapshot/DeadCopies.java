package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.chain.LogicalSnapshot;
import io.hvkit.storage.spi.chain.Replica;
import io.hvkit.storage.spi.chain.Step;

/**
 * Copies of snapshots that were begun and that nobody writes any more: their operations have ended, and could not even note that they
 * failed, since a store did not answer then. They are given up, or they would keep their snapshots for ever.
 */
final class DeadCopies {

    private DeadCopies() {}

    /** Gives them up, if there are any; does nothing as long as somebody works with the chain. What was written goes with the next plan. */
    static void giveUp(Ground ground, Transaction transaction, ChainKey chain) {
        ChainLedger ledger = ChainLedger.of(transaction, chain.id());
        if (!LiveWork.isAny(ledger) && fail(ledger)) {
            ChainWriting.write(ledger, ground);
        }
    }

    /** Gives them up in the graph of a ledger, for an operation that is about to copy. */
    static void giveUp(ChainLedger ledger, RecordId<OperationRecord> own) {
        if (!LiveWork.isAnyBut(ledger, own)) {
            boolean unused = fail(ledger);
        }
    }

    private static boolean fail(ChainLedger ledger) {
        boolean isAny = false;
        for (LogicalSnapshot snapshot : ledger.graph().rows().snapshots()) {
            for (Replica copy : snapshot.replicas().values()) {
                if (snapshot.isPublished() && copy.state() == Replica.State.CREATING) {
                    ledger.apply(new Step.FailCopy(snapshot.id(), copy.store()));
                    isAny = true;
                }
            }
        }
        return isAny;
    }
}
