package io.hvkit.vmware.cluster;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;
import io.hvkit.vmware.cluster.KnownPool.State;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Compares a cluster as a vCenter shows it with the pools that are known, and says what is to be changed: the whole difference first, then
 * all checks, and only then a plan. It touches nothing; equal arguments give equal plans.
 */
@Incubating(since = "0.1")
public final class ClusterPlanner {

    private static final int ABSENCES = 2;

    private final Map<DatastoreUuid, List<KnownPool>> known = new LinkedHashMap<>();
    private final Set<DatastoreUuid> listedElsewhere;

    /**
     * Makes a planner.
     *
     * @param pools all datastores that are known as pools, of whatever cluster or none; not the clusters
     * @param listedElsewhere the children that the other clusters of the vCenter list now
     */
    public ClusterPlanner(Collection<KnownPool> pools, Set<DatastoreUuid> listedElsewhere) {
        pools.forEach(pool ->
                known.computeIfAbsent(pool.uuid(), uuid -> new ArrayList<>()).add(pool));
        this.listedElsewhere = Set.copyOf(listedElsewhere);
    }

    /**
     * Plans to add a cluster.
     *
     * <table>
     * <caption>Failures; each names every child that it is about</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the cluster has no children</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>a child is known twice, says no UUID, or belongs to another cluster that lists it still</td><td>{@code
     * EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>a child is not accessible, not mounted or in maintenance, or is known and not up</td><td>{@code
     * HOST_NOT_READY}</td></tr>
     * </table>
     */
    public ClusterPlan adding(PoolId cluster, DatastoreCluster seen) {
        List<ClusterChange> changes = difference(cluster, seen);
        List<String> wrong = new ArrayList<>();
        for (ClusterChild child : seen.children()) {
            if (!child.isWell()) {
                wrong.add("datastore " + child.name() + " is " + child.troubles());
            }
            known(child)
                    .filter(pool -> pool.state() != State.UP)
                    .ifPresent(pool -> wrong.add(
                            "pool " + pool.id() + ", which is datastore " + child.name() + ", is " + pool.state()));
        }
        if (!wrong.isEmpty()) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message(
                            "cluster %s is not added, and nothing was changed: %s; make each of them well, then add it",
                            seen.name(), String.join(", ", wrong));
        }
        return new ClusterPlan(cluster, changes);
    }

    /**
     * Plans what a look at a cluster that was added changes. New children that are not well wait until they are; those that are known
     * stay children whatever their state. Fails as {@link #adding} does if the cluster has no children or they are in conflict.
     */
    public ClusterPlan syncing(PoolId cluster, DatastoreCluster seen) {
        List<ClusterChange> changes = difference(cluster, seen).stream()
                .map(ClusterPlanner::unlessUnwell)
                .collect(Collectors.toCollection(ArrayList::new));
        Set<DatastoreUuid> present =
                seen.children().stream().map(ClusterChild::uuid).collect(Collectors.toSet());
        known.values().stream()
                .flatMap(List::stream)
                .filter(pool -> pool.parent().equals(Optional.of(cluster)))
                .filter(pool -> !present.contains(pool.uuid()) && !listedElsewhere.contains(pool.uuid()))
                .forEach(pool -> changes.add(missing(pool)));
        return new ClusterPlan(cluster, changes);
    }

    private static ClusterChange unlessUnwell(ClusterChange change) {
        return change instanceof ClusterChange.Add add && !add.child().isWell()
                ? new ClusterChange.Postpone(add.child())
                : change;
    }

    private static ClusterChange missing(KnownPool pool) {
        if (pool.absences() + 1 < ABSENCES) {
            return new ClusterChange.Missed(pool);
        }
        return pool.volumes() > 0 ? new ClusterChange.Stranded(pool) : new ClusterChange.Remove(pool);
    }

    private List<ClusterChange> difference(PoolId cluster, DatastoreCluster seen) {
        requireChildren(seen);
        requireNoConflict(cluster, seen);
        List<ClusterChange> changes = new ArrayList<>();
        for (ClusterChild child : seen.children()) {
            Optional<KnownPool> pool = known(child);
            if (pool.isEmpty()) {
                changes.add(new ClusterChange.Add(idOf(child), child));
            } else if (pool.get().parent().isEmpty()) {
                changes.add(new ClusterChange.Reuse(pool.get(), child));
            } else if (!pool.get().parent().get().equals(cluster)) {
                changes.add(
                        new ClusterChange.Move(pool.get(), pool.get().parent().get(), child));
            } else if (pool.get().absences() > 0) {
                changes.add(new ClusterChange.Return(pool.get(), child));
            }
        }
        return changes;
    }

    /** Returns the id that a new child gets: of its UUID, so that it is the same whenever and in whichever cluster it is found. */
    public static PoolId idOf(ClusterChild child) {
        return new PoolId("datastore-" + child.uuid());
    }

    private Optional<KnownPool> known(ClusterChild child) {
        return known.getOrDefault(child.uuid(), List.of()).stream().findFirst();
    }

    /** No children at all are what a vCenter shows to an account that may not see them; else all of them would be taken for gone. */
    private static void requireChildren(DatastoreCluster seen) {
        if (seen.children().isEmpty() && seen.unknown().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "cluster %s has no datastores; give it some, or look whether the account may see them",
                            seen.name());
        }
    }

    private void requireNoConflict(PoolId cluster, DatastoreCluster seen) {
        List<String> conflicts = new ArrayList<>();
        seen.unknown().forEach(name -> conflicts.add("datastore " + name + " says no UUID"));
        for (ClusterChild child : seen.children()) {
            List<KnownPool> pools = known.getOrDefault(child.uuid(), List.of());
            if (pools.size() > 1) {
                conflicts.add("datastore " + child.name() + " is known as several pools, "
                        + pools.stream().map(KnownPool::id).toList());
            }
            if (listedElsewhere.contains(child.uuid())) {
                conflicts.add("datastore " + child.name() + " is listed by another cluster, too");
            }
            if (pools.isEmpty() && isTaken(idOf(child))) {
                conflicts.add("pool " + idOf(child) + " is another datastore than " + child.name());
            }
        }
        if (!conflicts.isEmpty()) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message(
                            "cluster %s does not fit what is known as %s, and nothing was changed: %s",
                            seen.name(), cluster, String.join(", ", conflicts));
        }
    }

    private boolean isTaken(PoolId id) {
        return known.values().stream()
                .flatMap(List::stream)
                .anyMatch(pool -> pool.id().equals(id));
    }
}
