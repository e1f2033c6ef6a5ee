package io.hvkit.storage.spi.chain;

import static io.hvkit.storage.spi.chain.Chains.FAR;
import static io.hvkit.storage.spi.chain.Chains.FAST;
import static io.hvkit.storage.spi.chain.Chains.NFS;
import static io.hvkit.storage.spi.chain.Chains.ROOT;
import static io.hvkit.storage.spi.chain.Chains.S1;
import static io.hvkit.storage.spi.chain.Chains.S2;
import static io.hvkit.storage.spi.chain.Chains.SLOW;
import static io.hvkit.storage.spi.chain.Chains.nfs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.storage.spi.chain.ChainStore.Standing;
import io.hvkit.storage.spi.chain.RankedSource.Fitness;
import io.hvkit.storage.spi.chain.Reason.Why;
import io.hvkit.storage.spi.chain.TakeSnapshot.Primary;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SnapshotSourcesTest {

    private final Chains chains = new Chains();

    private void take(SnapshotId id, Primary primary) {
        TakeSnapshot request = chains.backup(id).primary(primary);
        chains.carryOut(planner -> planner.take(request));
    }

    private static List<PoolId> stores(SnapshotSources sources) {
        return sources.ranked().stream().map(source -> source.replica().store()).toList();
    }

    private static List<Why> whys(RankedSource source) {
        return source.reasons().stream().map(Reason::why).toList();
    }

    private void refusesRevert(Failure failure, String... words) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> chains.planner().revertSources(S1).requireBest())
                .satisfies(e -> assertThat(e.failure()).isEqualTo(failure))
                .satisfies(e -> assertThat(e.getMessage()).contains(words));
    }

    @Test
    void the_copy_in_the_volumes_pool_is_the_best_then_the_one_with_the_shortest_chain() {
        chains.backedUp(S1);
        take(S2, Primary.KEPT);
        chains.carryOut(planner -> planner.copy(S2, FAR, ChainLimit.USUAL));
        SnapshotSources sources = chains.planner().revertSources(S2);
        assertThat(stores(sources)).containsExactly(FAST, FAR, NFS);
        assertThat(sources.ranked().stream().map(RankedSource::fitness))
                .containsExactly(Fitness.NEAR, Fitness.FAR, Fitness.FAR);
        assertThat(sources.ranked().stream().map(RankedSource::layers)).containsExactly(1L, 1L, 2L);
        assertThat(sources.best().orElseThrow().toString()).contains("fast/s2", "where it is needed");
    }

    @Test
    void what_the_volume_left_behind_in_another_pool_is_no_source_and_the_backup_is() {
        take(S1, Primary.KEPT);
        chains.graph = chains.graph.withVolume(ROOT, SLOW);
        SnapshotSources sources = chains.planner().revertSources(S1);
        assertThat(stores(sources)).containsExactly(NFS, FAST);
        assertThat(whys(sources.ranked().get(1))).containsExactly(Why.LEFT_POOL);
        chains.graph = chains.graph.withVolume(ROOT, FAST);
        assertThat(stores(chains.planner().revertSources(S1))).as("it is back").containsExactly(FAST, NFS);
    }

    @Test
    void a_snapshot_that_lives_only_in_a_pool_the_volume_has_left_is_refused_with_the_reason() {
        chains.carryOut(planner -> planner.take(TakeSnapshot.of(S1, ROOT)));
        chains.graph = chains.graph.withVolume(ROOT, SLOW);
        refusesRevert(Failure.NOT_FOUND, "fast/s1", "which the volume has left for slow", "nothing was begun");
        assertThat(chains.planner().sources(S1, SLOW).best())
                .as("a new volume can be made of it")
                .isPresent();
    }

    @Test
    void every_copy_that_cannot_be_used_says_all_that_speaks_against_it() {
        take(S1, Primary.KEPT);
        chains.graph = chains.graph.withUnusable(nfs(S1)).withVolume(ROOT, SLOW);
        chains.being(NFS, Standing.DOWN);
        SnapshotSources sources = chains.planner().revertSources(S1);
        assertThat(sources.best()).isEmpty();
        assertThat(sources.ranked().stream().flatMap(source -> whys(source).stream()))
                .containsExactly(Why.LEFT_POOL, Why.COPY_UNUSABLE, Why.STORE_DOWN);
        refusesRevert(Failure.NOT_FOUND, "does not answer");
    }

    @Test
    void the_failure_says_whether_to_wait() {
        chains.backedUp(S1);
        chains.being(NFS, Standing.DOWN);
        refusesRevert(Failure.UNREACHABLE, "nfs does not answer");
        chains.being(NFS, Standing.UP);
        chains.graph = chains.graph.withUnusable(nfs(S1));
        refusesRevert(Failure.CORRUPT_DATA, "damaged");
    }

    @Test
    void copies_that_are_written_given_up_or_deleted_are_no_sources() {
        take(S1, Primary.KEPT);
        chains.apply(chains.planner().copy(S1, FAR, ChainLimit.USUAL).steps().subList(0, 1));
        assertThat(whys(chains.planner().revertSources(S1).ranked().get(2))).containsExactly(Why.COPY_UNFINISHED);
        chains.graph = chains.graph.apply(new Step.FailCopy(S1, FAR)).graph();
        assertThat(whys(chains.planner().revertSources(S1).ranked().get(2))).containsExactly(Why.COPY_FAILED);
        chains.graph = chains.graph.apply(new Step.Free(S1, FAST)).graph();
        assertThat(whys(chains.planner().revertSources(S1).ranked().get(2))).containsExactly(Why.COPY_DELETED);
        assertThat(chains.planner().revertSources(S1).requireBest().replica().store())
                .isEqualTo(NFS);
    }

    @Test
    void a_volume_that_is_gone_is_not_reverted() {
        chains.backedUp(S1);
        chains.graph = chains.graph.withoutVolume(ROOT);
        refusesRevert(Failure.NOT_FOUND, "there is no volume root");
    }
}
