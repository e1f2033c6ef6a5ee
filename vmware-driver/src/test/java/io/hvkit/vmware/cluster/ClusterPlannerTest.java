package io.hvkit.vmware.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.vmware.cluster.ClusterChild.Trouble;
import io.hvkit.vmware.cluster.KnownPool.State;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

/** What is planned for a cluster of datastores, rule by rule. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ClusterPlannerTest {

    private static final PoolId CLUSTER = new PoolId("cluster");
    private static final PoolId OTHER = new PoolId("other-cluster");

    private static DatastoreUuid uuid(int number) {
        return new DatastoreUuid("%032x".formatted(number));
    }

    private static ClusterChild child(int number, Trouble... troubles) {
        return new ClusterChild(
                uuid(number), "ds-" + number, "VMFS", ByteSize.tebibytes(2), ByteSize.tebibytes(1), Set.of(troubles));
    }

    private static DatastoreCluster seen(ClusterChild... children) {
        return new DatastoreCluster("gold", List.of(children), List.of());
    }

    private static KnownPool pool(int number, State state, PoolId parent) {
        return new KnownPool(new PoolId("p" + number), uuid(number), state, Optional.of(parent), 0, 0);
    }

    private static KnownPool alone(int number) {
        return new KnownPool(new PoolId("p" + number), uuid(number), State.UP, Optional.empty(), 3, 0);
    }

    private static KnownPool with(KnownPool pool, long volumes, int absences) {
        return new KnownPool(pool.id(), pool.uuid(), pool.state(), pool.parent(), volumes, absences);
    }

    private static ClusterPlanner knowing(KnownPool... pools) {
        return new ClusterPlanner(List.of(pools), Set.of());
    }

    private static void refuses(Failure failure, ThrowingCallable call, String... named) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(call)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(failure))
                .satisfies(e -> assertThat(e.getMessage()).contains(named));
    }

    @Test
    void new_children_are_added_known_ones_reused_and_those_of_a_cluster_that_lost_them_moved() {
        KnownPool known = alone(2);
        KnownPool elsewhere = pool(3, State.UP, OTHER);
        KnownPool kept = pool(4, State.UP, CLUSTER);
        KnownPool stranger = pool(9, State.DOWN, OTHER);

        ClusterPlan plan =
                knowing(known, elsewhere, kept, stranger).adding(CLUSTER, seen(child(1), child(2), child(3), child(4)));

        assertThat(plan.changes())
                .containsExactly(
                        new ClusterChange.Add(new PoolId("datastore-" + uuid(1)), child(1)),
                        new ClusterChange.Reuse(known, child(2)),
                        new ClusterChange.Move(elsewhere, OTHER, child(3)));
        assertThat(plan.appliedTo(List.of(known, elsewhere, kept, stranger)))
                .containsExactlyInAnyOrder(
                        new KnownPool(
                                new PoolId("datastore-" + uuid(1)), uuid(1), State.UP, Optional.of(CLUSTER), 0, 0),
                        new KnownPool(known.id(), uuid(2), State.UP, Optional.of(CLUSTER), 3, 0),
                        new KnownPool(elsewhere.id(), uuid(3), State.UP, Optional.of(CLUSTER), 0, 0),
                        kept,
                        stranger);
    }

    @Test
    void adding_twice_changes_nothing_more() {
        DatastoreCluster gold = seen(child(1), child(2));
        List<KnownPool> after = knowing(alone(2)).adding(CLUSTER, gold).appliedTo(List.of(alone(2)));
        ClusterPlanner again = new ClusterPlanner(after, Set.of());

        assertThat(again.adding(CLUSTER, gold).changes()).isEmpty();
        assertThat(again.syncing(CLUSTER, gold).changes()).isEmpty();
    }

    @Test
    void a_cluster_without_children_is_an_error_and_no_success() {
        refuses(Failure.INVALID_REQUEST, () -> knowing().adding(CLUSTER, seen()), "gold", "no datastores");
        refuses(
                Failure.INVALID_REQUEST,
                () -> knowing(pool(1, State.UP, CLUSTER)).syncing(CLUSTER, seen()),
                "no datastores");
    }

    @ParameterizedTest
    @EnumSource
    void a_child_that_is_not_well_is_named_and_nothing_is_added(Trouble trouble) {
        refuses(
                Failure.HOST_NOT_READY,
                () -> knowing(alone(2)).adding(CLUSTER, seen(child(1), child(2, trouble), child(3, trouble))),
                "ds-2 is [" + trouble,
                "ds-3 is [" + trouble);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "UP")
    void a_child_that_is_known_and_not_up_is_named_and_nothing_is_added(State state) {
        KnownPool known = new KnownPool(new PoolId("p1"), uuid(1), state, Optional.empty(), 0, 0);

        refuses(
                Failure.HOST_NOT_READY,
                () -> knowing(known, pool(2, state, CLUSTER)).adding(CLUSTER, seen(child(1), child(2), child(3))),
                "pool p1, which is datastore ds-1, is " + state,
                "pool p2",
                "nothing was changed");
    }

    @Test
    void all_that_is_wrong_is_told_at_once() {
        refuses(
                Failure.HOST_NOT_READY,
                () -> knowing(pool(2, State.DOWN, OTHER))
                        .adding(CLUSTER, seen(child(1, Trouble.INACCESSIBLE, Trouble.NOT_MOUNTED), child(2))),
                "ds-1",
                "INACCESSIBLE",
                "NOT_MOUNTED",
                "p2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "5f3c1a2b-8d7e6f50-1234-0025b5000001",
                "5F3C1A2B8D7E6F5012340025B5000001",
                "5f3c1a2b-8d7e-6f50-1234-0025b5000001"
            })
    void a_uuid_is_the_same_with_dashes_and_without(String spelt) {
        DatastoreUuid canonical = new DatastoreUuid("5f3c1a2b8d7e6f5012340025b5000001");

        assertThat(new DatastoreUuid(spelt)).isEqualTo(canonical);
        assertThat(DatastoreUuid.ofUrl("ds:///vmfs/volumes/" + spelt + "/")).contains(canonical);
        KnownPool known = new KnownPool(new PoolId("p"), new DatastoreUuid(spelt), State.DOWN, Optional.empty(), 0, 0);
        ClusterChild child =
                new ClusterChild(canonical, "ds", "VMFS", ByteSize.tebibytes(1), ByteSize.tebibytes(1), Set.of());
        refuses(Failure.HOST_NOT_READY, () -> knowing(known).adding(CLUSTER, seen(child)), "pool p");
    }

    @Test
    void what_is_no_uuid_of_a_datastore_is_none() {
        assertThat(DatastoreUuid.ofUrl("ds:///vmfs/volumes/8a1b2c3d-4e5f6071")).isPresent();
        assertThat(DatastoreUuid.ofUrl("/tmp/govcsim-DC0-LocalDS_0")).isEmpty();
        assertThat(DatastoreUuid.ofUrl("")).isEmpty();
        assertThat(DatastoreUuid.spelt("5f3c1a2b" + "-".repeat(1000))).isEmpty();
        assertThatIllegalArgumentException().isThrownBy(() -> new DatastoreUuid("gold"));
    }

    @Test
    void what_does_not_fit_is_a_conflict_that_names_each() {
        KnownPool twin = new KnownPool(new PoolId("twin"), uuid(1), State.UP, Optional.empty(), 0, 0);
        refuses(
                Failure.EXISTS_DIFFERENTLY,
                () -> knowing(alone(1), twin).adding(CLUSTER, seen(child(1))),
                "ds-1",
                "[p1, twin]");
        refuses(
                Failure.EXISTS_DIFFERENTLY,
                () -> new ClusterPlanner(List.of(), Set.of(uuid(2))).adding(CLUSTER, seen(child(1), child(2))),
                "ds-2 is listed by another cluster");
        refuses(
                Failure.EXISTS_DIFFERENTLY,
                () -> knowing().adding(CLUSTER, new DatastoreCluster("gold", List.of(child(1)), List.of("odd"))),
                "odd says no UUID");
        KnownPool squatter =
                new KnownPool(new PoolId("datastore-" + uuid(1)), uuid(7), State.UP, Optional.empty(), 0, 0);
        refuses(
                Failure.EXISTS_DIFFERENTLY,
                () -> knowing(squatter).syncing(CLUSTER, seen(child(1))),
                "is another datastore than ds-1");
    }

    @Test
    void a_child_is_missed_once_before_it_is_removed() {
        KnownPool gone = pool(1, State.UP, CLUSTER);
        DatastoreCluster gold = seen(child(2));
        List<KnownPool> pools = List.of(gone, pool(2, State.UP, CLUSTER));

        ClusterPlan first = new ClusterPlanner(pools, Set.of()).syncing(CLUSTER, gold);
        assertThat(first.changes()).containsExactly(new ClusterChange.Missed(gone));
        List<KnownPool> once = first.appliedTo(pools);
        assertThat(once).hasSize(2).anyMatch(pool -> pool.state() == State.DOWN && pool.absences() == 1);

        ClusterPlan second = new ClusterPlanner(once, Set.of()).syncing(CLUSTER, gold);
        assertThat(second.changes()).singleElement().isInstanceOf(ClusterChange.Remove.class);
        assertThat(second.appliedTo(once)).containsExactly(pool(2, State.UP, CLUSTER));
    }

    @Test
    void a_child_that_comes_back_in_time_is_as_before() {
        KnownPool missed = with(pool(1, State.DOWN, CLUSTER), 0, 1);
        ClusterPlan plan = knowing(missed).syncing(CLUSTER, seen(child(1)));

        assertThat(plan.changes()).containsExactly(new ClusterChange.Return(missed, child(1)));
        assertThat(plan.appliedTo(List.of(missed))).containsExactly(pool(1, State.UP, CLUSTER));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 50})
    void a_child_with_volumes_is_never_removed(int absences) {
        KnownPool full = with(pool(1, State.DOWN, CLUSTER), 1, absences);
        ClusterPlan plan = knowing(full).syncing(CLUSTER, seen(child(2)));

        assertThat(plan.changes()).contains(new ClusterChange.Stranded(full));
        assertThat(plan.appliedTo(List.of(full))).anyMatch(pool -> pool.id().equals(full.id()));
    }

    @Test
    void a_child_that_moved_to_another_cluster_is_not_missed_in_the_first() {
        KnownPool moved = pool(1, State.UP, OTHER);
        KnownPool kept = pool(2, State.UP, OTHER);
        List<KnownPool> pools = List.of(moved, kept);

        ClusterPlan from = new ClusterPlanner(pools, Set.of(uuid(1))).syncing(OTHER, seen(child(2)));
        ClusterPlan to = new ClusterPlanner(pools, Set.of(uuid(2))).syncing(CLUSTER, seen(child(1)));

        assertThat(from.changes()).isEmpty();
        assertThat(to.changes()).containsExactly(new ClusterChange.Move(moved, OTHER, child(1)));
        assertThat(to.appliedTo(from.appliedTo(pools))).containsExactly(pool(1, State.UP, CLUSTER), kept);
    }

    @Test
    void after_it_was_added_new_children_wait_until_they_are_well_and_known_ones_stay() {
        KnownPool maintained = pool(1, State.IN_MAINTENANCE, CLUSTER);
        ClusterPlan plan = knowing(maintained)
                .syncing(CLUSTER, seen(child(1, Trouble.IN_MAINTENANCE), child(2, Trouble.NOT_MOUNTED), child(3)));

        assertThat(plan.changes())
                .containsExactly(
                        new ClusterChange.Postpone(child(2, Trouble.NOT_MOUNTED)),
                        new ClusterChange.Add(new PoolId("datastore-" + uuid(3)), child(3)));
        assertThat(plan.appliedTo(List.of(maintained))).hasSize(2).contains(maintained);
    }

    @Test
    void capacity_is_that_of_the_children_and_none_is_counted_twice() {
        DatastoreCluster gold = seen(child(1), child(2), child(1));

        assertThat(gold.children()).hasSize(2);
        assertThat(gold.capacity()).isEqualTo(ByteSize.tebibytes(4));
        assertThat(gold.free()).isEqualTo(ByteSize.tebibytes(2));
        assertThat(knowing().adding(CLUSTER, gold).changes()).hasSize(2);
    }

    @Test
    void a_plan_is_carried_out_on_the_pools_it_was_made_for_or_not_at_all() {
        ClusterPlan plan = knowing(alone(1)).adding(CLUSTER, seen(child(1), child(2)));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan.appliedTo(List.of(with(alone(1), 4, 0))))
                .withMessageContaining("p1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan.appliedTo(plan.appliedTo(List.of(alone(1)))))
                .withMessageContaining("plan anew");
    }
}
