package io.hvkit.storage.spi.chain;

import static io.hvkit.storage.spi.chain.Chains.FAR;
import static io.hvkit.storage.spi.chain.Chains.FAST;
import static io.hvkit.storage.spi.chain.Chains.NFS;
import static io.hvkit.storage.spi.chain.Chains.ROOT;
import static io.hvkit.storage.spi.chain.Chains.S1;
import static io.hvkit.storage.spi.chain.Chains.S2;
import static io.hvkit.storage.spi.chain.Chains.S3;
import static io.hvkit.storage.spi.chain.Chains.S4;
import static io.hvkit.storage.spi.chain.Chains.SLOW;
import static io.hvkit.storage.spi.chain.Chains.nfs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.ChainStore.Standing;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import io.hvkit.storage.spi.chain.Reason.Why;
import io.hvkit.storage.spi.chain.TakeSnapshot.Primary;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ChainPlannerTest {

    private final Chains chains = new Chains();

    private void refuses(Failure failure, Runnable call) {
        assertThatExceptionOfType(DriverException.class).isThrownBy(call::run).satisfies(e -> {
            assertThat(e.failure()).isEqualTo(failure);
            assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        });
    }

    private State stateOf(SnapshotId id) {
        return chains.graph.require(id).state();
    }

    private static List<Class<?>> kinds(ChainPlan plan) {
        return plan.steps().stream().<Class<?>>map(Step::getClass).toList();
    }

    @Test
    void a_snapshot_goes_through_the_states_that_operators_know() {
        TakeSnapshot request = chains.backup(S1).primary(Primary.KEPT);
        List<State> seen = new ArrayList<>();
        for (Step step : chains.planner().take(request).steps()) {
            chains.apply(List.of(step));
            seen.add(stateOf(S1));
        }
        assertThat(seen)
                .containsExactly(
                        State.ALLOCATED,
                        State.CREATING,
                        State.CREATED_ON_PRIMARY,
                        State.BACKING_UP,
                        State.BACKING_UP,
                        State.BACKED_UP);
        assertThat(chains.graph.require(S1).replicas()).containsOnlyKeys(FAST, NFS);
    }

    @Test
    void the_copy_in_the_pool_goes_after_the_backup_and_not_before() {
        ChainPlan plan =
                chains.carryOut(planner -> planner.take(chains.backup(S1).primary(Primary.FREED)));
        assertThat(kinds(plan)).endsWith(Step.Publish.class, Step.Free.class, Step.Condemn.class, Step.Delete.class);
        assertThat(chains.graph.require(S1).replicas()).containsOnlyKeys(NFS);
    }

    @Test
    void the_only_copy_that_can_be_read_is_never_freed() {
        chains.carryOut(planner -> planner.take(TakeSnapshot.of(S1, ROOT)));
        refuses(Failure.IN_USE, () -> chains.graph.apply(new Step.Free(S1, FAST)));
    }

    @Test
    void while_the_store_of_the_backup_is_down_the_snapshot_is_taken_and_the_backup_waits() {
        chains.being(NFS, Standing.DOWN);
        TakeSnapshot request = chains.backup(S1).primary(Primary.KEPT);
        ChainPlan plan = chains.carryOut(planner -> planner.take(request));
        assertThat(plan.isComplete()).isFalse();
        assertThat(stateOf(S1)).isEqualTo(State.CREATED_ON_PRIMARY);
        assertThat(chains.events).isEmpty();
        chains.being(NFS, Standing.UP);
        chains.carryOut(planner -> planner.take(request));
        assertThat(stateOf(S1)).isEqualTo(State.BACKED_UP);
        assertThat(chains.events).hasSize(1);
    }

    @Test
    void deleting_the_newest_leaves_all_its_ancestors() {
        chains.backedUp(S1, S2, S3);
        chains.delete(S3);
        assertThat(chains.graph.snapshotsOf(ROOT)).containsExactly(S1, S2);
        assertThat(chains.graph.snapshotsOn(nfs(S1))).containsExactly(S1);
        assertThat(chains.graph.snapshotsOn(nfs(S2))).containsExactly(S2);
    }

    @Test
    void a_deleted_snapshot_with_a_child_is_hidden_and_says_why() {
        chains.backedUp(S1, S2);
        ChainPlan plan = chains.delete(S1);
        assertThat(kinds(plan)).containsExactly(Step.BeginDelete.class, Step.Hide.class, Step.Retire.class);
        assertThat(plan.reasons().get(0).why()).isEqualTo(Why.HIDDEN);
        assertThat(plan.reasons().get(0).detail()).contains("nfs/s1").contains("s2");
        assertThat(stateOf(S1)).isEqualTo(State.DESTROYED);
        assertThat(chains.graph.blockers(S1)).hasSize(1);
        assertThat(chains.graph.blockers(S1).get(0).children()).containsExactly(S2);
    }

    @Test
    void a_hidden_snapshot_goes_with_its_last_child() {
        chains.backedUp(S1, S2, S3);
        chains.delete(S1);
        chains.delete(S2);
        ChainPlan plan = chains.delete(S3);
        assertThat(plan.reasons()).extracting(Reason::why).contains(Why.COLLECTED);
        assertThat(chains.graph.rows().layers()).isEmpty();
        assertThat(chains.graph.rows().snapshots()).isEmpty();
    }

    static Stream<List<SnapshotId>> orders() {
        return permutations(List.of(S1, S2, S3, S4));
    }

    private static Stream<List<SnapshotId>> permutations(List<SnapshotId> some) {
        return some.isEmpty()
                ? Stream.of(List.of())
                : some.stream()
                        .flatMap(first -> permutations(some.stream()
                                        .filter(id -> !id.equals(first))
                                        .toList())
                                .map(rest -> Stream.concat(Stream.of(first), rest.stream())
                                        .toList()));
    }

    @ParameterizedTest
    @MethodSource("orders")
    void in_whatever_order_they_are_deleted_nothing_is_left_and_each_is_told_once(List<SnapshotId> order) {
        chains.backedUp(S1, S2, S3, S4);
        for (SnapshotId id : order) {
            chains.delete(id);
            chains.delete(id);
        }
        assertThat(chains.graph.rows().layers()).isEmpty();
        assertThat(chains.events).hasSize(8).doesNotHaveDuplicates();
    }

    @Test
    void the_root_of_sixteen_waits_for_all_of_them() {
        for (int i = 1; i <= 16; i++) {
            chains.backedUp(new SnapshotId("n" + i));
        }
        for (int i = 1; i <= 15; i++) {
            chains.delete(new SnapshotId("n" + i));
            assertThat(chains.graph.rows().layers()).hasSize(16);
        }
        chains.delete(new SnapshotId("n16"));
        assertThat(chains.graph.rows().layers()).isEmpty();
    }

    @Test
    void an_empty_delta_shares_its_parents_layer_and_outlives_it() {
        chains.backedUp(S1).emptyDelta(S2, S1).emptyDelta(S3, S2);
        assertThat(chains.graph.rows().layers()).hasSize(1);
        ChainPlan plan = chains.delete(S1);
        assertThat(plan.reasons()).extracting(Reason::why).containsExactly(Why.SHARED);
        assertThat(chains.graph.snapshot(S1)).isEmpty();
        assertThat(chains.graph.snapshotsOn(nfs(S1))).containsExactly(S2, S3);
        chains.delete(S3);
        assertThat(chains.graph.layer(nfs(S1))).isPresent();
        chains.delete(S2);
        assertThat(chains.graph.rows().layers()).isEmpty();
    }

    @Test
    void a_backup_that_turns_out_empty_shares_and_what_was_begun_of_it_goes() {
        chains.backedUp(S1);
        TakeSnapshot request = chains.backup(S2);
        chains.apply(chains.planner().take(request).steps().subList(0, 2));
        chains.delete(S1);
        chains.apply(List.of(new Step.Share(S2, nfs(S1))));
        chains.carryOut(planner -> planner.take(request));
        assertThat(stateOf(S2)).isEqualTo(State.BACKED_UP);
        assertThat(chains.graph.rows().layers()).extracting(Layer::id).containsExactly(nfs(S1));
        assertThat(chains.graph.snapshot(S1))
                .as("the hidden one, which nothing keeps now")
                .isEmpty();
    }

    @Test
    void a_parent_whose_child_is_being_written_is_hidden_and_goes_with_it_when_it_is_given_up() {
        chains.backedUp(S1);
        chains.apply(chains.planner().take(chains.backup(S2)).steps().subList(0, 2));
        chains.delete(S1);
        assertThat(stateOf(S1)).isEqualTo(State.DESTROYED);
        refuses(Failure.OPERATION_PENDING, () -> chains.planner().delete(S2));
        chains.carryOut(planner -> planner.abandon(S2));
        assertThat(stateOf(S2)).isEqualTo(State.ERROR);
        assertThat(chains.graph.rows().layers()).isEmpty();
        chains.delete(S2);
        assertThat(chains.graph.rows().snapshots()).isEmpty();
        assertThat(chains.events).extracting(UsageEvent::snapshot).containsExactly(S1, S1);
    }

    @Test
    void what_one_store_cannot_delete_stays_destroying_and_counts_until_it_can() {
        chains.carryOut(planner -> planner.take(chains.backup(S1).primary(Primary.KEPT)));
        chains.being(NFS, Standing.DOWN);
        ChainPlan plan = chains.delete(S1);
        assertThat(plan.waiting()).extracting(Waiting::step).containsExactly(new Step.Delete(nfs(S1)));
        assertThat(stateOf(S1)).isEqualTo(State.DESTROYING);
        assertThat(chains.graph.require(S1).replicas()).containsOnlyKeys(NFS);
        assertThat(chains.events).hasSize(1);
        assertThat(chains.graph.unfinished()).containsExactly(S1);
        chains.being(NFS, Standing.UP);
        chains.carryOut(ChainPlanner::collect);
        assertThat(chains.graph.rows().snapshots()).isEmpty();
        assertThat(chains.events).hasSize(2);
    }

    @Test
    void a_layer_that_a_volume_is_made_of_stays_until_that_is_over() {
        chains.backedUp(S1);
        VolumeId made = new VolumeId("made");
        chains.graph = chains.graph.withVolume(made, FAST).withReading(made, nfs(S1));
        chains.delete(S1);
        assertThat(chains.graph.blockers(S1).get(0).volumes()).containsExactly(made);
        refuses(Failure.IN_USE, () -> chains.graph.apply(new Step.Condemn(nfs(S1))));
        refuses(Failure.IN_USE, () -> chains.planner().merge(S1));
        chains.graph = chains.graph.withoutReading(made, nfs(S1));
        chains.carryOut(ChainPlanner::collect);
        assertThat(chains.graph.rows().layers()).isEmpty();
    }

    @Test
    void the_volume_goes_first_and_its_snapshots_stay_until_they_are_deleted() {
        chains.backedUp(S1, S2);
        chains.graph = chains.graph.withoutVolume(ROOT);
        refuses(Failure.NOT_FOUND, () -> chains.planner().take(chains.backup(S3)));
        chains.delete(S1);
        chains.delete(S2);
        assertThat(chains.graph.rows())
                .isEqualTo(new ChainRows(chains.graph.rows().stores(), List.of(), List.of(), List.of()));
    }

    @Test
    void a_merge_ends_the_hiding() {
        chains.backedUp(S1, S2, S3);
        chains.delete(S2);
        refuses(Failure.INVALID_REQUEST, () -> chains.planner().merge(S1));
        ChainPlan plan = chains.carryOut(planner -> planner.merge(S2));
        assertThat(kinds(plan)).containsExactly(Step.Rebase.class, Step.Condemn.class, Step.Delete.class);
        assertThat(chains.graph.layer(nfs(S3)).orElseThrow().parent()).contains(nfs(S1));
        assertThat(chains.graph.snapshot(S2)).isEmpty();
    }

    @Test
    void a_hidden_child_is_merged_before_its_parent() {
        chains.backedUp(S1, S2, S3);
        chains.delete(S1);
        chains.delete(S2);
        refuses(Failure.IN_USE, () -> chains.planner().merge(S1));
        chains.carryOut(planner -> planner.merge(S2));
        chains.carryOut(planner -> planner.merge(S1));
        assertThat(chains.graph.rows().layers())
                .containsExactly(new Layer(nfs(S3), Optional.empty(), Layer.State.READY));
    }

    @Test
    void a_flattened_copy_needs_no_other_layer() {
        chains.backedUp(S1, S2, S3);
        chains.delete(S1);
        chains.carryOut(planner -> planner.flatten(S3, NFS));
        assertThat(chains.graph.length(nfs(S3), 99)).isEqualTo(1);
        chains.delete(S2);
        assertThat(chains.graph.rows().layers()).extracting(Layer::id).containsExactly(nfs(S3));
        refuses(Failure.NOT_FOUND, () -> chains.planner().flatten(S3, FAR));
    }

    @Test
    void a_copy_is_flattened_beside_and_what_stands_on_it_stands_on_the_new_layer() {
        chains.backedUp(S1, S2, S3);
        chains.delete(S1);
        LayerId flat = new LayerId(NFS, "flat");
        ChainPlan plan = chains.carryOut(planner -> planner.flatten(S2, flat));
        assertThat(kinds(plan)).containsExactly(Step.BeginFlatten.class, Step.Flatten.class);
        assertThat(chains.graph.require(S2).copyIn(NFS).layer()).isEqualTo(flat);
        assertThat(chains.graph.layer(flat)).contains(new Layer(flat, Optional.empty(), Layer.State.READY));
        assertThat(chains.graph.layer(nfs(S3)).orElseThrow().parent()).contains(flat);

        assertThat(chains.planner().collect().steps())
                .as("read by others still")
                .isEmpty();
        assertThat(chains.planner().discard(nfs(S2)).steps()).isEmpty();
        chains.graph = chains.graph.withoutVolume(new VolumeId("flat"));
        chains.carryOut(planner -> planner.discard(nfs(S2)));
        assertThat(chains.graph.rows().layers()).extracting(Layer::id).containsExactlyInAnyOrder(flat, nfs(S3));
        assertThat(chains.graph.snapshot(S1)).isEmpty();
        assertThat(chains.planner().flatten(S2, new LayerId(NFS, "again")).steps())
                .isEmpty();
    }

    @Test
    void a_layer_that_is_being_flattened_is_read_until_it_is_given_up_and_then_collected() {
        chains.backedUp(S1, S2);
        LayerId flat = new LayerId(NFS, "flat");
        chains.apply(chains.planner().flatten(S2, flat).steps().subList(0, 1));
        assertThat(chains.planner().collect().steps()).isEmpty();
        assertThat(kinds(chains.planner().flatten(S2, flat))).containsExactly(Step.Flatten.class);
        chains.delete(S2);
        assertThat(chains.graph.blockers(S2)).hasSize(1);
        refuses(Failure.NOT_FOUND, () -> chains.planner().flatten(S2, flat));
        refuses(Failure.INVALID_REQUEST, () -> chains.graph.apply(new Step.Flatten(S2, nfs(S2), flat)));

        chains.graph = chains.graph.withoutVolume(new VolumeId("flat"));
        chains.carryOut(planner -> planner.discard(flat));
        assertThat(chains.graph.rows().layers()).extracting(Layer::id).containsExactly(nfs(S1));
    }

    @Test
    void a_layer_that_another_snapshot_shares_keeps_what_stands_on_it() {
        chains.backedUp(S1, S2).emptyDelta(S3, S2).backedUp(S4);
        LayerId flat = new LayerId(NFS, "flat");
        chains.carryOut(planner -> planner.flatten(S2, flat));
        assertThat(chains.graph.require(S3).copyIn(NFS).layer()).isEqualTo(nfs(S2));
        assertThat(chains.graph.layer(nfs(S4)).orElseThrow().parent()).contains(nfs(S2));
        chains.graph = chains.graph.withoutVolume(new VolumeId("flat"));
        assertThat(chains.planner().collect().steps()).isEmpty();
    }

    @Test
    void what_is_written_or_damaged_is_not_flattened() {
        chains.backedUp(S1);
        chains.apply(chains.planner().take(chains.backup(S2)).steps().subList(0, 2));
        refuses(Failure.OPERATION_PENDING, () -> chains.planner().flatten(S2, new LayerId(NFS, "flat")));
        refuses(Failure.OPERATION_PENDING, () -> chains.planner().flatten(S2, NFS));
        chains.carryOut(planner -> planner.take(chains.backup(S2)));
        chains.apply(
                chains.planner().flatten(S2, new LayerId(NFS, "flat")).steps().subList(0, 1));
        chains.graph = chains.graph.withUnusable(nfs(S1));
        refuses(Failure.CORRUPT_DATA, () -> chains.planner().flatten(S2, new LayerId(NFS, "flat")));
        refuses(Failure.CORRUPT_DATA, () -> chains.planner().flatten(S2, new LayerId(NFS, "other")));
        chains.being(NFS, Standing.DOWN);
        refuses(Failure.UNREACHABLE, () -> chains.planner().flatten(S2, new LayerId(NFS, "other")));
    }

    @Test
    void files_under_a_volume_are_merged_into_it() {
        chains.graph = chains.graph.withVolume(ROOT, SLOW);
        chains.carryOut(planner -> planner.take(TakeSnapshot.of(S1, ROOT)));
        chains.carryOut(planner -> planner.take(TakeSnapshot.of(S2, ROOT)));
        assertThat(chains.graph.volume(ROOT).orElseThrow().base()).contains(new LayerId(SLOW, "s2"));
        chains.delete(S1);
        chains.delete(S2);
        assertThat(chains.graph.volume(ROOT).orElseThrow().base()).isEmpty();
        assertThat(chains.graph.rows().layers()).isEmpty();
    }

    @Test
    void a_snapshot_of_files_that_was_given_up_may_have_been_taken_so_the_volume_is_moved_off_it_first() {
        chains.graph = chains.graph.withVolume(ROOT, SLOW);
        chains.apply(chains.planner().take(TakeSnapshot.of(S1, ROOT)).steps().subList(0, 2));
        refuses(Failure.OPERATION_PENDING, () -> chains.planner().take(TakeSnapshot.of(S2, ROOT)));
        ChainPlan plan = chains.carryOut(planner -> planner.abandon(S1));
        assertThat(kinds(plan))
                .containsExactly(Step.Fail.class, Step.RebaseVolume.class, Step.Condemn.class, Step.Delete.class);
    }

    @Test
    void ids_are_not_used_twice() {
        chains.backedUp(S1).emptyDelta(S2, S1);
        chains.graph = chains.graph.withVolume(new VolumeId("other"), FAST);
        refuses(Failure.EXISTS_DIFFERENTLY, () -> chains.planner().take(TakeSnapshot.of(S1, new VolumeId("other"))));
        chains.delete(S1);
        refuses(Failure.EXISTS_DIFFERENTLY, () -> chains.planner().take(chains.backup(S1, new ChainLimit(1))));
    }

    @Test
    void what_is_done_or_gone_is_asked_for_again_in_vain() {
        chains.backedUp(S1);
        ChainPlan again = chains.planner().take(chains.backup(S1));
        assertThat(again.steps()).isEmpty();
        assertThat(again.reasons()).extracting(Reason::why).containsExactly(Why.NOTHING_TO_DO);
        assertThat(chains.planner().delete(S2).steps()).isEmpty();
        assertThat(chains.planner().abandon(S2).steps()).isEmpty();
        assertThat(chains.planner().collect().steps()).isEmpty();
        refuses(Failure.INVALID_REQUEST, () -> chains.planner().abandon(S1));
    }

    @Test
    void a_plan_that_reaches_further_than_it_may_is_refused() {
        chains.backedUp(S1, S2, S3);
        for (Step step : List.of(
                new Step.Condemn(nfs(S2)), new Step.Delete(nfs(S1)), new Step.BeginDelete(S2), new Step.Retire(S1))) {
            refuses(Failure.DEFECT, () -> BlastRadius.of(S3).check(chains.graph, List.of(step)));
        }
    }

    @Test
    void a_backup_straight_from_a_volume_that_is_gone_or_elsewhere_is_refused() {
        TakeSnapshot request = chains.backup(S1);
        chains.apply(chains.planner().take(request).steps().subList(0, 2));
        ChainGraph begun = chains.graph;
        chains.graph = begun.withoutVolume(ROOT);
        refuses(Failure.NOT_FOUND, () -> chains.planner().take(request));
        chains.graph = begun.withVolume(ROOT, SLOW);
        refuses(Failure.INVALID_REQUEST, () -> chains.planner().take(request));
        chains.carryOut(planner -> planner.abandon(S1));
        assertThat(chains.graph.rows().layers()).isEmpty();
    }
}
