package io.hvkit.vmware.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.PoolId;
import io.hvkit.vmware.cluster.ClusterMaintenance.Act;
import io.hvkit.vmware.cluster.ClusterMaintenance.Step;
import io.hvkit.vmware.cluster.KnownPool.State;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** The order of maintenance of a cluster and its children. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ClusterMaintenanceTest {

    private static final PoolId CLUSTER = new PoolId("cluster");

    private static KnownPool child(String id, State state) {
        return pool(id, state, CLUSTER);
    }

    private static KnownPool pool(String id, State state, PoolId parent) {
        DatastoreUuid uuid = new DatastoreUuid("%016x".formatted((int) id.charAt(0)));
        return new KnownPool(new PoolId(id), uuid, state, Optional.of(parent), 1, 0);
    }

    private static Step step(Act act, String pool) {
        return new Step(act, new PoolId(pool));
    }

    @Test
    void the_cluster_is_closed_before_its_children_go_and_opened_after_they_came_back() {
        List<KnownPool> up =
                List.of(child("b", State.UP), child("a", State.UP), pool("x", State.UP, new PoolId("other")));
        List<KnownPool> in =
                List.of(child("b", State.IN_MAINTENANCE_WITH_CLUSTER), child("a", State.IN_MAINTENANCE_WITH_CLUSTER));

        assertThat(ClusterMaintenance.entering(CLUSTER, up))
                .containsExactly(
                        step(Act.CLOSE_CLUSTER, "cluster"),
                        step(Act.ENTER_CHILD, "a"),
                        step(Act.ENTER_CHILD, "b"),
                        step(Act.CONFIRM_CLUSTER, "cluster"));
        assertThat(ClusterMaintenance.leaving(CLUSTER, in))
                .containsExactly(
                        step(Act.LEAVE_CHILD, "a"), step(Act.LEAVE_CHILD, "b"), step(Act.OPEN_CLUSTER, "cluster"));
    }

    @Test
    void children_that_were_in_maintenance_by_themselves_stay_there() {
        List<KnownPool> mixed =
                List.of(child("a", State.IN_MAINTENANCE), child("b", State.UP), child("c", State.DISABLED));

        assertThat(ClusterMaintenance.entering(CLUSTER, mixed))
                .extracting(Step::pool)
                .doesNotContain(new PoolId("a"), new PoolId("c"))
                .contains(new PoolId("b"));
        assertThat(ClusterMaintenance.leaving(CLUSTER, mixed)).containsExactly(step(Act.OPEN_CLUSTER, "cluster"));
    }

    @Test
    void maintenance_that_ended_half_way_is_gone_on_with_or_taken_back() {
        List<KnownPool> half = List.of(
                child("a", State.IN_MAINTENANCE_WITH_CLUSTER),
                child("b", State.MAINTENANCE_FAILED),
                child("c", State.PREPARING_FOR_MAINTENANCE),
                child("d", State.UP));

        assertThat(ClusterMaintenance.entering(CLUSTER, half))
                .extracting(step -> step.pool().value())
                .containsExactly("cluster", "b", "c", "d", "cluster");
        assertThat(ClusterMaintenance.leaving(CLUSTER, half))
                .extracting(step -> step.pool().value())
                .containsExactly("a", "b", "c", "cluster");
    }
}
