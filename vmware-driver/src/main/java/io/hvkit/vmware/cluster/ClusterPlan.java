package io.hvkit.vmware.cluster;

import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that a look at a cluster changes, checked and complete: a caller carries it out in one transaction, or not at all.
 *
 * @param cluster the parent, which is never a target for volumes
 * @param changes at most one for each datastore; what stays as it is, is not among them
 */
@Incubating(since = "0.1")
public record ClusterPlan(PoolId cluster, List<ClusterChange> changes) {

    /** Copies the changes. */
    public ClusterPlan {
        changes = List.copyOf(changes);
    }

    /**
     * Returns the pools as they are when all of it is done; those that it does not name stay as they are.
     *
     * @throws IllegalArgumentException if it was made for other pools than these
     */
    public List<KnownPool> appliedTo(Collection<KnownPool> pools) {
        Map<PoolId, KnownPool> all = new LinkedHashMap<>();
        pools.forEach(pool -> all.put(pool.id(), pool));
        for (ClusterChange change : changes) {
            if (change instanceof ClusterChange.Add add) {
                requireSame(all.put(add.id(), added(add)) == null, add.id());
            } else if (change instanceof ClusterChange.Reuse reuse) {
                replace(all, reuse.pool(), Optional.of(reuse.pool().in(cluster)));
            } else if (change instanceof ClusterChange.Move move) {
                replace(all, move.pool(), Optional.of(move.pool().in(cluster)));
            } else if (change instanceof ClusterChange.Return back) {
                replace(all, back.pool(), Optional.of(returned(back)));
            } else if (change instanceof ClusterChange.Missed missed) {
                replace(all, missed.pool(), Optional.of(missed.pool().missed()));
            } else if (change instanceof ClusterChange.Stranded stranded) {
                replace(all, stranded.pool(), Optional.of(stranded.pool().missed()));
            } else if (change instanceof ClusterChange.Remove remove) {
                replace(all, remove.pool(), Optional.empty());
            }
        }
        return new ArrayList<>(all.values());
    }

    private KnownPool added(ClusterChange.Add add) {
        return new KnownPool(add.id(), add.child().uuid(), KnownPool.State.UP, Optional.of(cluster), 0, 0);
    }

    private KnownPool returned(ClusterChange.Return back) {
        KnownPool pool = back.pool();
        KnownPool.State state =
                pool.state() == KnownPool.State.DOWN && back.child().isWell() ? KnownPool.State.UP : pool.state();
        return new KnownPool(pool.id(), pool.uuid(), state, pool.parent(), pool.volumes(), 0);
    }

    private static void replace(Map<PoolId, KnownPool> all, KnownPool was, Optional<KnownPool> now) {
        requireSame(was.equals(all.get(was.id())), was.id());
        now.ifPresentOrElse(pool -> all.put(pool.id(), pool), () -> all.remove(was.id()));
    }

    private static void requireSame(boolean same, PoolId id) {
        if (!same) {
            throw new IllegalArgumentException("pool " + id + " is not as it was when this was planned; plan anew");
        }
    }
}
