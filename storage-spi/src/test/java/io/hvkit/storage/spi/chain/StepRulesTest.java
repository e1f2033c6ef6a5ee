package io.hvkit.storage.spi.chain;

import static io.hvkit.storage.spi.chain.Chains.FAR;
import static io.hvkit.storage.spi.chain.Chains.FAST;
import static io.hvkit.storage.spi.chain.Chains.NFS;
import static io.hvkit.storage.spi.chain.Chains.ROOT;
import static io.hvkit.storage.spi.chain.Chains.S1;
import static io.hvkit.storage.spi.chain.Chains.S2;
import static io.hvkit.storage.spi.chain.Chains.S3;
import static io.hvkit.storage.spi.chain.Chains.SLOW;
import static io.hvkit.storage.spi.chain.Chains.nfs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.ChainStore.Standing;
import io.hvkit.storage.spi.chain.TakeSnapshot.Primary;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What steps are refused for, whoever planned them, and graphs that no plan of ours makes. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StepRulesTest {

    private static final ChainLimit ALWAYS_FULL = new ChainLimit(1);

    private final Chains chains = new Chains();

    private void refuses(Failure failure, Step step) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> chains.graph.apply(step))
                .satisfies(e -> {
                    assertThat(e.failure()).isEqualTo(failure);
                    assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
                });
    }

    @Test
    void a_full_layer_is_written_beside_the_one_that_is_read_under_a_name_of_its_own() {
        chains.backedUp(S1, S2, S3);
        LayerId flat = new LayerId(NFS, "flat");
        refuses(Failure.INVALID_REQUEST, new Step.BeginFlatten(S2, nfs(S3), flat));
        refuses(Failure.EXISTS_DIFFERENTLY, new Step.BeginFlatten(S2, nfs(S2), nfs(S1)));
        refuses(Failure.EXISTS_DIFFERENTLY, new Step.BeginFlatten(S2, nfs(S2), new LayerId(NFS, ROOT.value())));
        refuses(Failure.NOT_FOUND, new Step.Flatten(S2, nfs(S2), flat));
        Step begin = new Step.BeginFlatten(S2, nfs(S2), flat);
        chains.apply(List.of(begin, begin));
        refuses(Failure.EXISTS_DIFFERENTLY, new Step.BeginFlatten(S3, nfs(S3), flat));
        refuses(Failure.INVALID_REQUEST, new Step.Flatten(S3, nfs(S3), flat));
        refuses(Failure.IN_USE, new Step.Condemn(flat));
        Step flatten = new Step.Flatten(S2, nfs(S2), flat);
        chains.apply(List.of(flatten));
        ChainGraph after = chains.graph;
        chains.apply(List.of(flatten, begin));
        assertThat(chains.graph).isEqualTo(after);
        refuses(Failure.IN_USE, new Step.Condemn(nfs(S2)));
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> BlastRadius.of(S1).check(after, List.of(flatten)))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.DEFECT));
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> new Step.Flatten(S2, nfs(S2), new LayerId(FAR, "flat")));
    }

    private void backedUpInFull() {
        TakeSnapshot request = chains.backup(S2, ALWAYS_FULL);
        chains.carryOut(planner -> planner.take(request));
    }

    /** Two layers on one: rows may say so, though each plan of a backup stands on the newest one. */
    private void haveTwoChildrenOnTheFirst() {
        chains.backedUp(S1, S2, S3);
        ChainRows rows = chains.graph.rows();
        List<Layer> layers = rows.layers().stream()
                .map(layer -> layer.id().equals(nfs(S3)) ? layer.onto(Optional.of(nfs(S1))) : layer)
                .toList();
        chains.graph = ChainGraph.of(new ChainRows(rows.stores(), rows.volumes(), layers, rows.snapshots()));
    }

    @Test
    void a_step_that_is_applied_again_changes_nothing_and_tells_nothing() {
        List<Step> life = List.of(
                new Step.Allocate(S1, ROOT),
                new Step.BeginBackUp(S1, nfs(S1), Optional.empty()),
                new Step.BackUp(S1, FAST, nfs(S1), Optional.empty()),
                new Step.Publish(S1),
                new Step.BeginDelete(S1),
                new Step.Condemn(nfs(S1)),
                new Step.Delete(nfs(S1)),
                new Step.Retire(S1));
        for (Step step : life) {
            chains.apply(List.of(step));
            ChainGraph.Applied again = chains.graph.apply(step);
            assertThat(again.graph()).as("%s, applied again", step).isEqualTo(chains.graph);
            assertThat(again.event()).as("told by %s, applied again", step).isEmpty();
        }
        assertThat(chains.events)
                .extracting(UsageEvent::kind)
                .containsExactly(UsageEvent.Kind.CREATED, UsageEvent.Kind.DELETED);
    }

    @Test
    void a_hidden_snapshot_is_retired_once() {
        chains.backedUp(S1, S2);
        chains.delete(S1);
        assertThat(chains.graph.apply(new Step.Retire(S1)).event()).isEmpty();
        assertThat(chains.graph.apply(new Step.Publish(S2)).event()).isEmpty();
    }

    @Test
    void a_backup_stands_on_layers_of_its_own_volume_alone() {
        chains.backedUp(S1);
        VolumeId other = new VolumeId("other");
        chains.graph = chains.graph.withVolume(other, FAST);
        chains.apply(List.of(new Step.Allocate(S2, other)));
        refuses(Failure.IN_USE, new Step.BeginBackUp(S2, nfs(S2), Optional.of(nfs(S1))));
        refuses(Failure.IN_USE, new Step.Share(S2, nfs(S1)));
    }

    @Test
    void a_backup_that_was_begun_shares_its_parent_and_no_other_layer() {
        chains.backedUp(S1);
        backedUpInFull();
        TakeSnapshot request = chains.backup(S3);
        chains.apply(chains.planner().take(request).steps().subList(0, 2));
        refuses(Failure.INVALID_REQUEST, new Step.Share(S3, nfs(S1)));
    }

    @Test
    void a_layer_that_became_unusable_while_it_was_written_never_becomes_whole() {
        chains.backedUp(S1);
        TakeSnapshot request = chains.backup(S2);
        chains.apply(chains.planner().take(request).steps().subList(0, 2));
        chains.graph = chains.graph.withUnusable(nfs(S1));
        refuses(Failure.CORRUPT_DATA, new Step.BackUp(S2, FAST, nfs(S2), Optional.of(nfs(S1))));
    }

    @Test
    void what_was_proved_to_be_readable_again_is_whole_and_what_stands_on_it_is_to_be_proved_for_itself() {
        chains.backedUp(S1, S2);
        chains.graph = chains.graph.withUnusable(nfs(S1));
        refusesReadable(Failure.CORRUPT_DATA, nfs(S2));
        chains.graph = chains.graph.withReadable(nfs(S1));
        assertThat(chains.graph.layer(nfs(S2)).orElseThrow().state()).isEqualTo(Layer.State.UNUSABLE);
        chains.graph = chains.graph.withReadable(nfs(S2)).withReadable(nfs(S2));
        assertThat(chains.graph).isEqualTo(new Chains().backedUp(S1, S2).graph);
        chains.backedUp(S3);
        assertThat(chains.graph.layer(nfs(S3)).orElseThrow().parent())
                .as("it counts")
                .contains(nfs(S2));
    }

    @Test
    void what_was_never_whole_or_is_to_go_is_not_readable_again() {
        chains.backedUp(S1);
        TakeSnapshot request = chains.backup(S2);
        chains.apply(chains.planner().take(request).steps().subList(0, 2));
        refusesReadable(Failure.OPERATION_PENDING, nfs(S2));
        chains.graph = chains.graph.withUnusable(nfs(S1)).withReadable(nfs(S1));
        refusesReadable(Failure.INVALID_REQUEST, nfs(S2));
        refusesReadable(Failure.NOT_FOUND, nfs(S3));
        chains.apply(List.of(new Step.Fail(S2), new Step.Condemn(nfs(S2))));
        refusesReadable(Failure.IN_USE, nfs(S2));
    }

    private void refusesReadable(Failure failure, LayerId layer) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> chains.graph.withReadable(layer))
                .satisfies(e -> assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure));
    }

    @Test
    void a_layer_is_moved_down_its_own_chain_and_nowhere_else() {
        chains.backedUp(S1);
        backedUpInFull();
        chains.backedUp(S3);
        refuses(Failure.INVALID_REQUEST, new Step.Rebase(nfs(S3), Optional.of(nfs(S1))));
        chains.apply(List.of(new Step.Rebase(nfs(S3), Optional.empty())));
        refuses(Failure.INVALID_REQUEST, new Step.Rebase(nfs(S3), Optional.of(nfs(S2))));
    }

    @Test
    void a_volume_in_doubt_goes_back_to_what_it_stood_on_and_nowhere_else() {
        chains.graph = chains.graph.withVolume(ROOT, SLOW);
        chains.carryOut(planner -> planner.take(TakeSnapshot.of(S1, ROOT)));
        chains.apply(chains.planner().take(TakeSnapshot.of(S2, ROOT)).steps().subList(0, 2));
        LayerId first = new LayerId(SLOW, S1.value());
        LayerId second = new LayerId(SLOW, S2.value());
        assertThat(chains.graph.volumesOn(second)).containsExactly(ROOT);
        refuses(Failure.INVALID_REQUEST, new Step.RebaseVolume(ROOT, second, Optional.empty()));
        chains.apply(List.of(new Step.RebaseVolume(ROOT, second, Optional.of(first))));
        assertThat(chains.graph.volumesOn(second)).isEmpty();
        assertThat(chains.graph.volumesOn(first)).containsExactly(ROOT);
    }

    @Test
    void a_merge_forgets_none_that_reads_the_layer() {
        haveTwoChildrenOnTheFirst();
        VolumeId clone = new VolumeId("clone");
        chains.graph = chains.graph.withVolume(clone, FAST).withBase(clone, nfs(S1));
        chains.delete(S1);
        ChainPlan plan = chains.carryOut(planner -> planner.merge(S1));
        assertThat(plan.steps())
                .containsExactly(
                        new Step.Rebase(nfs(S2), Optional.empty()),
                        new Step.Rebase(nfs(S3), Optional.empty()),
                        new Step.RebaseVolume(clone, nfs(S1), Optional.empty()),
                        new Step.Condemn(nfs(S1)),
                        new Step.Delete(nfs(S1)));
        assertThat(chains.graph.snapshot(S1)).isEmpty();
    }

    @Test
    void a_plan_may_not_remove_what_was_kept_for_another_child_too() {
        haveTwoChildrenOnTheFirst();
        chains.delete(S1);
        BlastRadius radius = BlastRadius.of(S2);
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> radius.check(chains.graph, List.of(new Step.Condemn(nfs(S1)))))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.DEFECT));
        chains.delete(S3);
        radius.check(chains.graph, List.of(new Step.Condemn(nfs(S1))));
    }

    @Test
    void collecting_ends_the_same_wherever_it_was_stopped() {
        chains.graph = chains.graph.withVolume(ROOT, SLOW);
        chains.carryOut(planner -> planner.take(chains.backup(S1).primary(Primary.KEPT)));
        TakeSnapshot freed = TakeSnapshot.of(S2, ROOT)
                .backedUpTo(FAR, ChainLimit.USUAL, ChangeTracking.none())
                .primary(Primary.FREED);
        List<Step> taking = chains.planner().take(freed).steps();
        chains.apply(taking.subList(0, taking.size() - 2));
        chains.being(NFS, Standing.DOWN);
        chains.delete(S1);
        ChainGraph before = chains.graph;
        ChainPlan plan = chains.planner().collect();
        assertThat(plan.outcome().rows().layers())
                .extracting(Layer::id)
                .containsExactly(nfs(S1), new LayerId(FAR, "s2"));
        assertThat(plan.waiting()).doesNotHaveDuplicates();
        for (int stop = 0; stop <= plan.steps().size(); stop++) {
            chains.graph = before;
            chains.apply(plan.steps().subList(0, stop));
            chains.carryOut(ChainPlanner::collect);
            assertThat(chains.graph).as("stopped after %s steps", stop).isEqualTo(plan.outcome());
        }
    }
}
