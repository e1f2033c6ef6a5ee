package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.AccountRecord;
import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.HoldingRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.ReplicaRecord;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.SnapshotId;
import io.hvkit.engine.internal.usage.Ledger;
import io.hvkit.engine.internal.usage.Measures;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.usage.Thing;
import io.hvkit.storage.spi.chain.LayerId;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Counts snapshots for who has their volume when they are taken, in the transaction that changes their chain, after that was written. There
 * is room for a layer as large as its disk before it is made; once it is whole, it counts for what it takes.
 */
final class SnapshotCounting {

    private final ChainLedger chain;
    private final Transaction transaction;
    private final Ledger ledger;

    /**
     * Makes one.
     *
     * @param chain the chain, as its records were before
     */
    SnapshotCounting(ChainLedger chain, Ledger ledger) {
        this.chain = chain;
        this.transaction = chain.transaction();
        this.ledger = ledger;
    }

    /** Counts snapshots as they are now, and those that have a layer with one of them: who counts it may be another one now. */
    void countAll(Set<SnapshotId> touched) {
        Map<RecordId<BackupRecord>, LayerId> names = new HashMap<>();
        chain.layers().forEach((layer, row) -> names.put(row.id(), layer));
        Set<SnapshotId> all = new LinkedHashSet<>(touched);
        chain.replicas().forEach((key, row) -> {
            if (touched.contains(key.snapshot())) {
                Optional.ofNullable(names.get(row.layer()))
                        .ifPresent(layer -> all.addAll(chain.graph().snapshotsOn(layer)));
            }
        });
        all.forEach(this::count);
    }

    private void count(SnapshotId id) {
        RecordId<SnapshotRecord> record = new RecordId<>(id.value());
        String thing = Thing.snapshot(record).toString();
        Optional<Amounts> real = Measures.snapshot(transaction, record);
        if (real.isEmpty()) {
            ledger.end(thing);
        } else if (!chain.snapshots().containsKey(id)) {
            owner().ifPresent(owner -> ledger.reserve(thing, owner, Optional.empty(), real.get()));
        } else if (isWhole(record)) {
            ledger.settle(thing, real.get());
        } else if (isCounted(record)) {
            ledger.reserveGrowth(thing, real.get());
        }
    }

    /** Returns who has the volume. */
    private Optional<Account> owner() {
        RecordId<VolumeRecord> volume = new RecordId<>(chain.volumeId().value());
        return transaction
                .holdings()
                .find(HoldingRecord.idOf(Measures.thing(volume)))
                .map(HoldingRecord::account)
                .map(transaction.accounts()::require)
                .map(AccountRecord::path)
                .map(Account::of);
    }

    private boolean isCounted(RecordId<SnapshotRecord> record) {
        return transaction
                .snapshots()
                .find(record)
                .flatMap(SnapshotRecord::chained)
                .filter(chained -> chained.usage() == SnapshotRecord.Usage.RUNNING)
                .isPresent();
    }

    private boolean isWhole(RecordId<SnapshotRecord> record) {
        return isCounted(record)
                && !Measures.isBeingFlattened(transaction, record)
                && transaction.replicas().where(ReplicaRecord.SNAPSHOT, record).stream()
                        .noneMatch(replica -> replica.state() == ReplicaRecord.State.CREATING);
    }
}
