package io.hvkit.vmware.cluster;

import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;
import io.hvkit.vmware.cluster.KnownPool.State;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * In which order a cluster of datastores goes into maintenance and comes out of it. It is closed first and opened last, so that at no
 * moment volumes are made through a cluster whose children are not there; and children that somebody took into maintenance by
 * themselves stay there.
 */
@Incubating(since = "0.1")
public final class ClusterMaintenance {

    private ClusterMaintenance() {}

    /** What is done with a pool. */
    public enum Act {
        /** The cluster gets no new volumes. */
        CLOSE_CLUSTER,
        /** A child goes into maintenance. */
        ENTER_CHILD,
        /** The cluster is in maintenance. */
        CONFIRM_CLUSTER,
        /** A child comes out of maintenance. */
        LEAVE_CHILD,
        /** The cluster gets volumes again. */
        OPEN_CLUSTER
    }

    /**
     * One step.
     *
     * @param pool what it is done with: a child, or the cluster
     */
    public record Step(Act act, PoolId pool) {}

    /** Returns the steps into maintenance. */
    public static List<Step> entering(PoolId cluster, Collection<KnownPool> pools) {
        List<Step> steps = new ArrayList<>(List.of(new Step(Act.CLOSE_CLUSTER, cluster)));
        children(cluster, pools).stream()
                .filter(child -> child.state() != State.IN_MAINTENANCE
                        && child.state() != State.IN_MAINTENANCE_WITH_CLUSTER
                        && child.state() != State.DISABLED)
                .forEach(child -> steps.add(new Step(Act.ENTER_CHILD, child.id())));
        steps.add(new Step(Act.CONFIRM_CLUSTER, cluster));
        return List.copyOf(steps);
    }

    /** Returns the steps out of maintenance, be it whole or ended half-way by a child that did not go. */
    public static List<Step> leaving(PoolId cluster, Collection<KnownPool> pools) {
        List<Step> steps = new ArrayList<>();
        children(cluster, pools).stream()
                .filter(child -> child.state() == State.IN_MAINTENANCE_WITH_CLUSTER
                        || child.state() == State.PREPARING_FOR_MAINTENANCE
                        || child.state() == State.MAINTENANCE_FAILED)
                .forEach(child -> steps.add(new Step(Act.LEAVE_CHILD, child.id())));
        steps.add(new Step(Act.OPEN_CLUSTER, cluster));
        return List.copyOf(steps);
    }

    private static List<KnownPool> children(PoolId cluster, Collection<KnownPool> pools) {
        return pools.stream()
                .filter(pool -> pool.parent().equals(Optional.of(cluster)))
                .sorted(Comparator.comparing(pool -> pool.id().value()))
                .toList();
    }
}
