package io.hvkit.engine.internal.cluster;

import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.ChainRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Membership;
import io.hvkit.catalog.spi.ReadingRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Sighting;
import io.hvkit.catalog.spi.SnapshotPolicyRecord;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.engine.cluster.ChildChange;
import io.hvkit.engine.internal.inventory.Additions;
import io.hvkit.engine.internal.inventory.Credentials;
import io.hvkit.engine.internal.setting.SettingStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the catalog has about a parent and its children, and how a plan is written into it, within one transaction. */
final class ClusterLedger {

    private final Transaction transaction;
    private final PoolRecord parent;
    private final Credentials credentials;
    private final Instant now;

    ClusterLedger(Transaction transaction, PoolRecord parent, Credentials credentials, Instant now) {
        this.transaction = transaction;
        this.parent = parent;
        this.credentials = credentials;
        this.now = now;
    }

    /**
     * Returns all pools.
     *
     * @param learned the identities of pools that were kept without one
     */
    List<KnownPool> known(Map<RecordId<PoolRecord>, String> learned) {
        return Additions.all(transaction.pools()).stream()
                .filter(pool -> !pool.id().equals(parent.id()))
                .map(pool -> new KnownPool(
                        pool.identifiedBy(pool.identity().or(() -> Optional.ofNullable(learned.get(pool.id())))),
                        isChild(pool) ? uses(pool.id()) : 0))
                .toList();
    }

    private boolean isChild(PoolRecord pool) {
        return pool.membership().filter(of -> of.parent().equals(parent.id())).isPresent();
    }

    /** Counts what would be lost with a pool. */
    private long uses(RecordId<PoolRecord> pool) {
        long uses = transaction.volumes().where(VolumeRecord.POOL, pool).size();
        uses += transaction.volumes().where(VolumeRecord.SECOND_POOL, pool).size();
        uses += transaction
                .templateCopies()
                .where(TemplateCopyRecord.POOL, pool)
                .size();
        uses += transaction.chains().where(ChainRecord.POOL, pool).size();
        uses += transaction.snapshots().where(SnapshotRecord.TAKEN_IN, pool).size();
        uses += transaction
                .snapshotPolicies()
                .where(SnapshotPolicyRecord.STORE, pool)
                .size();
        uses += transaction.backups().where(BackupRecord.STORE, pool).size();
        return uses + transaction.readings().where(ReadingRecord.POOL, pool).size();
    }

    /** Writes a plan. */
    List<ChildChange> write(List<PlannedChange> plan) {
        Set<String> names = new HashSet<>();
        Additions.all(transaction.pools()).forEach(pool -> names.add(pool.name()));
        List<ChildChange> done = new ArrayList<>();
        for (PlannedChange change : plan) {
            done.add(write(change, names));
        }
        return List.copyOf(done);
    }

    private ChildChange write(PlannedChange change, Set<String> names) {
        if (change instanceof PlannedChange.Add add) {
            PoolRecord fresh = ChildRecords.fresh(parent, add.child(), names, now);
            names.add(fresh.name());
            return new ChildChange.Added(transaction.pools().insert(fresh));
        }
        if (change instanceof PlannedChange.Reuse reuse) {
            return new ChildChange.Reused(update(ChildRecords.taken(reuse.pool().record(), parent, reuse.child())));
        }
        if (change instanceof PlannedChange.Move move) {
            return new ChildChange.Moved(
                    update(ChildRecords.taken(move.pool().record(), parent, move.child())), move.from());
        }
        if (change instanceof PlannedChange.Rename rename) {
            return new ChildChange.Renamed(
                    update(ChildRecords.taken(rename.pool().record(), parent, rename.child())));
        }
        if (change instanceof PlannedChange.Return back) {
            Sighting.State state = back.child().isWell() ? Sighting.State.UP : Sighting.State.DOWN;
            PoolRecord taken = ChildRecords.taken(back.pool().record(), parent, back.child());
            return new ChildChange.Returned(update(taken.seen(new Sighting(state, now))));
        }
        if (change instanceof PlannedChange.Postpone postpone) {
            return new ChildChange.Postponed(postpone.child());
        }
        return absent(change);
    }

    private ChildChange absent(PlannedChange change) {
        if (change instanceof PlannedChange.Miss miss) {
            return new ChildChange.Missed(missed(miss.pool().record()));
        }
        if (change instanceof PlannedChange.Strand strand) {
            return new ChildChange.Stranded(
                    missed(strand.pool().record()), strand.pool().uses());
        }
        PoolRecord gone = ((PlannedChange.Remove) change).pool().record();
        credentials.forget(transaction, gone);
        SettingStore.forget(transaction, gone);
        transaction.pools().delete(gone);
        return new ChildChange.Removed(gone);
    }

    private PoolRecord missed(PoolRecord pool) {
        return update(
                pool.below(pool.membership().map(Membership::missed)).seen(new Sighting(Sighting.State.DOWN, now)));
    }

    private PoolRecord update(PoolRecord pool) {
        return transaction.pools().update(pool);
    }
}
