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
import io.hvkit.core.Failure;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.ChainStore.Standing;
import io.hvkit.storage.spi.chain.Reason.Why;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ChainCopyTest {

    private static final ChainLimit USUAL = ChainLimit.USUAL;
    private static final VolumeId NEW = new VolumeId("new");

    private final Chains chains = new Chains();

    private static LayerId far(SnapshotId id) {
        return new LayerId(FAR, id.value());
    }

    private static List<Why> whys(ChainPlan plan) {
        return plan.reasons().stream().map(Reason::why).toList();
    }

    private Optional<LayerId> parentOf(LayerId layer) {
        return chains.graph.layer(layer).orElseThrow().parent();
    }

    private void refuses(Failure failure, Runnable what, String... words) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(what::run)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(failure))
                .satisfies(e -> List.of(words)
                        .forEach(word -> assertThat(e.getMessage()).contains(word)));
    }

    @Test
    void a_chain_is_copied_oldest_first_and_stands_there_as_it_stands_here() {
        chains.backedUp(S1, S2, S3);
        chains.carryOut(planner -> planner.copyChain(S3, FAR, USUAL));
        assertThat(parentOf(far(S1))).isEmpty();
        assertThat(parentOf(far(S2))).contains(far(S1));
        assertThat(parentOf(far(S3))).contains(far(S2));
        assertThat(chains.events).as("copies are no snapshots of their own").hasSize(3);
        assertThat(chains.planner().copyChain(S3, FAR, USUAL).steps()).isEmpty();
    }

    @Test
    void a_snapshot_that_is_copied_alone_is_full_there() {
        chains.backedUp(S1, S2);
        assertThat(whys(chains.carryOut(planner -> planner.copy(S2, FAR, USUAL))))
                .containsExactly(Why.PARENT_ELSEWHERE);
        assertThat(parentOf(far(S2))).isEmpty();
        assertThat(chains.graph.snapshot(S1).orElseThrow().replicaIn(FAR)).isEmpty();
    }

    @Test
    void a_copy_stands_on_the_nearest_one_that_is_there_though_one_between_was_deleted() {
        chains.backedUp(S1, S2, S3);
        chains.carryOut(planner -> planner.copy(S1, FAR, USUAL));
        chains.delete(S2);
        chains.carryOut(planner -> planner.copy(S3, FAR, USUAL));
        assertThat(parentOf(far(S3))).contains(far(S1));
    }

    @Test
    void a_copy_does_not_stand_on_a_damaged_one() {
        chains.backedUp(S1, S2);
        chains.carryOut(planner -> planner.copy(S1, FAR, USUAL));
        chains.graph = chains.graph.withUnusable(far(S1));
        assertThat(whys(chains.carryOut(planner -> planner.copy(S2, FAR, USUAL))))
                .containsExactly(Why.PARENT_ELSEWHERE);
        assertThat(parentOf(far(S2))).isEmpty();
    }

    @Test
    void the_limit_holds_for_copies_too() {
        chains.backedUp(S1, S2, S3);
        ChainLimit two = new ChainLimit(2);
        assertThat(whys(chains.carryOut(planner -> planner.copyChain(S3, FAR, two))))
                .contains(Why.LIMIT_REACHED);
        assertThat(parentOf(far(S2))).contains(far(S1));
        assertThat(parentOf(far(S3))).isEmpty();
        Chains others = new Chains().backedUp(S1, S2);
        others.carryOut(planner -> planner.copyChain(S2, FAR, new ChainLimit(0)));
        assertThat(others.graph.layer(far(S2)).orElseThrow().parent()).isEmpty();
    }

    @Test
    void snapshots_that_share_a_layer_share_one_in_the_other_store_too() {
        chains.backedUp(S1);
        chains.emptyDelta(S2, S1);
        chains.carryOut(planner -> planner.copyChain(S2, FAR, USUAL));
        assertThat(chains.graph.snapshotsOn(far(S1))).containsExactly(S1, S2);
        assertThat(chains.graph.layer(far(S2))).isEmpty();
    }

    @Test
    void nothing_lets_a_snapshot_share_a_layer_that_holds_something_else() {
        chains.backedUp(S1, S2);
        chains.carryOut(planner -> planner.copy(S1, FAR, USUAL));
        refuses(Failure.INVALID_REQUEST, () -> chains.graph.apply(new Step.Share(S2, far(S1))), "nothing says");
    }

    @Test
    void a_snapshot_is_not_deleted_while_it_is_copied_and_a_copy_can_be_given_up() {
        chains.backedUp(S1);
        chains.apply(chains.planner().copy(S1, FAR, USUAL).steps().subList(0, 1));
        refuses(Failure.OPERATION_PENDING, () -> chains.planner().delete(S1), "being written");
        refuses(Failure.INVALID_REQUEST, () -> chains.planner().abandonCopy(S1, NFS));
        chains.carryOut(planner -> planner.abandonCopy(S1, FAR));
        assertThat(chains.graph.layer(far(S1))).isEmpty();
        assertThat(chains.graph.snapshot(S1).orElseThrow().replicas()).containsOnlyKeys(NFS);
        chains.delete(S1);
        assertThat(chains.graph.rows().layers()).isEmpty();
    }

    @Test
    void a_copy_is_written_from_a_whole_copy_of_the_same_snapshot_and_no_other() {
        chains.backedUp(S1, S2);
        chains.apply(chains.planner().copy(S1, FAR, USUAL).steps().subList(0, 1));
        Optional<LayerId> nothing = Optional.empty();
        refuses(
                Failure.INVALID_REQUEST,
                () -> chains.graph.apply(new Step.Copy(S1, nfs(S2), far(S1), nothing)),
                "not read from");
        chains.graph = chains.graph.withUnusable(nfs(S1));
        refuses(Failure.CORRUPT_DATA, () -> chains.graph.apply(new Step.Copy(S1, nfs(S1), far(S1), nothing)));
    }

    @Test
    void a_copy_is_begun_once_in_a_store_and_stands_on_what_is_whole_there() {
        chains.backedUp(S1, S2);
        Optional<LayerId> absent = Optional.of(far(S1));
        refuses(Failure.NOT_FOUND, () -> chains.graph.apply(new Step.BeginCopy(S2, far(S2), absent)));
        LayerId other = new LayerId(NFS, "other");
        refuses(
                Failure.EXISTS_DIFFERENTLY,
                () -> chains.graph.apply(new Step.BeginCopy(S2, other, Optional.empty())),
                "another copy");
    }

    @Test
    void a_damaged_copy_makes_place_for_a_new_one_unless_others_stand_on_it() {
        chains.backedUp(S1, S2);
        chains.carryOut(planner -> planner.copyChain(S2, FAR, USUAL));
        chains.graph = chains.graph.withUnusable(far(S2));
        chains.carryOut(planner -> planner.copy(S2, FAR, USUAL));
        assertThat(chains.graph.layer(far(S2)).orElseThrow().state()).isEqualTo(Layer.State.READY);
        chains.graph = chains.graph.withUnusable(far(S1));
        refuses(Failure.IN_USE, () -> chains.planner().copy(S1, FAR, USUAL), "read by others");
    }

    @Test
    void the_only_copy_is_never_given_for_a_new_one() {
        chains.backedUp(S1);
        chains.graph = chains.graph.withUnusable(nfs(S1));
        refuses(Failure.NOT_FOUND, () -> chains.planner().copy(S1, NFS, USUAL), "there is no copy");
        refuses(Failure.CORRUPT_DATA, () -> chains.planner().copy(S1, FAR, USUAL), "damaged");
        assertThat(chains.graph.snapshot(S1).orElseThrow().replicas()).hasSize(1);
    }

    @Test
    void a_copy_waits_for_both_stores() {
        chains.backedUp(S1);
        chains.being(FAR, Standing.DOWN);
        refuses(Failure.UNREACHABLE, () -> chains.planner().copy(S1, FAR, USUAL));
        chains.being(FAR, Standing.UP);
        chains.being(NFS, Standing.DOWN);
        refuses(Failure.UNREACHABLE, () -> chains.planner().copy(S1, FAR, USUAL), "does not answer");
    }

    @Test
    void a_new_volume_reads_its_layer_until_it_is_whole_whatever_becomes_of_the_snapshot() {
        chains.backedUp(S1);
        chains.apply(chains.planner().restore(S1, NEW, SLOW).steps().subList(0, 1));
        chains.delete(S1);
        assertThat(chains.graph.layer(nfs(S1))).as("it is hidden").isPresent();
        chains.graph =
                chains.graph.apply(new Step.Restore(S1, nfs(S1), NEW, SLOW)).graph();
        assertThat(chains.graph.volumesOn(nfs(S1))).isEmpty();
        chains.carryOut(ChainPlanner::collect);
        assertThat(chains.graph.layer(nfs(S1))).isEmpty();
        assertThat(chains.graph.volume(NEW).orElseThrow().pool()).isEqualTo(SLOW);
    }

    @Test
    void no_volume_that_is_there_is_written_over() {
        chains.backedUp(S1, S2);
        refuses(Failure.EXISTS_DIFFERENTLY, () -> chains.planner().restore(S1, ROOT, FAST), "take another id");
        refuses(Failure.EXISTS_DIFFERENTLY, () -> chains.graph.apply(new Step.BeginRestore(S1, nfs(S1), ROOT, FAST)));
        refuses(Failure.EXISTS_DIFFERENTLY, () -> chains.graph.apply(new Step.Restore(S1, nfs(S1), ROOT, FAST)));
        chains.carryOut(planner -> planner.restore(S1, NEW, FAST));
        assertThat(chains.planner().restore(S1, NEW, FAST).steps())
                .as("it is done")
                .isEmpty();
        refuses(Failure.EXISTS_DIFFERENTLY, () -> chains.planner().restore(S2, NEW, FAST));
        refuses(Failure.EXISTS_DIFFERENTLY, () -> chains.planner().restore(S1, NEW, SLOW));
    }

    @Test
    void only_what_is_whole_and_wanted_is_copied_or_restored() {
        chains.apply(chains.planner().take(chains.backup(S1)).steps().subList(0, 2));
        refuses(Failure.OPERATION_PENDING, () -> chains.planner().copy(S1, FAR, USUAL));
        refuses(Failure.OPERATION_PENDING, () -> chains.planner().restore(S1, NEW, FAST));
        chains.carryOut(planner -> planner.abandon(S1));
        refuses(Failure.INVALID_REQUEST, () -> chains.planner().copy(S1, FAR, USUAL));
        refuses(Failure.NOT_FOUND, () -> chains.planner().restore(S2, NEW, FAST));
    }
}
