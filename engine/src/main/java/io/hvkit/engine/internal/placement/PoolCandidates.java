package io.hvkit.engine.internal.placement;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.engine.placement.VolumeQuery;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The pools that a question is about, as the catalog's indexes find them. */
final class PoolCandidates {

    private PoolCandidates() {}

    /**
     * Returns the pools that those who are to use the volume reach, and no others: what lies elsewhere is not read, so that a question costs
     * what these do. A pool that is not among them does not qualify.
     */
    static List<PoolRecord> withinReach(Transaction transaction, VolumeQuery query) {
        Table<PoolRecord> pools = transaction.pools();
        Reach within = query.within();
        if (within.cluster().isEmpty()) {
            return pools.where(PoolRecord.ZONE, within.zone());
        }
        Reach zone = new Reach(within.zone(), Optional.empty(), Optional.empty());
        List<PoolRecord> found = new ArrayList<>(pools.where(PoolRecord.REACH, zone));
        if (within.host().isEmpty()) {
            found.addAll(pools.where(PoolRecord.CLUSTER, within.cluster().get()));
        } else {
            Reach cluster = new Reach(within.zone(), within.cluster(), Optional.empty());
            found.addAll(pools.where(PoolRecord.REACH, cluster));
            found.addAll(pools.where(PoolRecord.REACH, within));
        }
        return found;
    }

    /** Returns all pools of the zone, and those that the question names: those of which an answer says what speaks against them. */
    static Set<PoolRecord> toExplain(Transaction transaction, VolumeQuery query) {
        Set<PoolRecord> pools = new LinkedHashSet<>(
                transaction.pools().where(PoolRecord.ZONE, query.within().zone()));
        Set<RecordId<PoolRecord>> named = new HashSet<>(query.preferred());
        named.addAll(query.excluded());
        named.forEach(id -> transaction.pools().find(id).ifPresent(pools::add));
        return pools;
    }
}
