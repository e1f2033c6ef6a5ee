package io.hvkit.storage.spi.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import io.hvkit.storage.spi.chain.LogicalSnapshot.Usage;
import io.hvkit.storage.spi.chain.TakeSnapshot.Primary;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Counts the entries that are looked at, not the time. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ChainScaleTest {

    private static final PoolId POOL = new PoolId("pool");
    private static final PoolId STORE = new PoolId("store");
    private static final PoolId OTHER = new PoolId("other");
    private static final VolumeId VOLUME = new VolumeId("v");
    private static final int MANY = Boolean.getBoolean("hvkit.thorough") ? 1_000_000 : 200_000;

    private long visits;
    private ChainGraph graph = ChainGraph.empty();

    private long costOf(Function<ChainPlanner, ChainPlan> question) {
        visits = 0;
        ChainPlan plan = question.apply(ChainPlanner.of(graph));
        assertThat(plan.steps()).isNotEmpty();
        return visits;
    }

    /** A volume with backups that stand on the one before; every so many of them a full one. */
    private void have(int snapshots, int chain) {
        List<Layer> layers = new ArrayList<>();
        List<LogicalSnapshot> rows = new ArrayList<>();
        for (int i = 0; i < snapshots; i++) {
            SnapshotId id = new SnapshotId("s" + i);
            LayerId layer = new LayerId(STORE, id.value());
            Optional<LayerId> parent =
                    i % chain == 0 ? Optional.empty() : Optional.of(new LayerId(STORE, "s" + (i - 1)));
            layers.add(new Layer(layer, parent, Layer.State.READY));
            Map<PoolId, Replica> replicas = Map.of(STORE, new Replica(layer, Replica.State.READY));
            rows.add(new LogicalSnapshot(id, VOLUME, i, POOL, State.BACKED_UP, Usage.RUNNING, replicas));
        }
        ChainVolume volume = new ChainVolume(
                VOLUME,
                POOL,
                ChainVolume.Life.PRESENT,
                Optional.empty(),
                Optional.empty(),
                Set.of(),
                snapshots,
                Optional.empty());
        List<ChainStore> stores = List.of(ChainStore.of(POOL), ChainStore.of(STORE), ChainStore.of(OTHER));
        ChainRows all = new ChainRows(stores, List.of(volume), layers, rows);
        graph = new ChainGraph(RowCheck.load(all, () -> visits++));
    }

    private long copyOf(String id) {
        return costOf(planner -> planner.copyChain(new SnapshotId(id), OTHER, ChainLimit.USUAL));
    }

    private long restoreOf(String id) {
        return costOf(planner -> planner.restore(new SnapshotId(id), new VolumeId("new"), POOL));
    }

    private TakeSnapshot next(int number) {
        return TakeSnapshot.of(new SnapshotId("s" + number), VOLUME)
                .backedUpTo(STORE, ChainLimit.USUAL, ChangeTracking.since(new SnapshotId("s" + (number - 1))))
                .primary(Primary.SKIPPED);
    }

    @Test
    void a_plan_costs_what_is_affected_and_hardly_more_among_a_great_many() {
        have(1_000, 16);
        long takeFew = costOf(planner -> planner.take(next(1_000)));
        long deleteFew = costOf(planner -> planner.delete(new SnapshotId("s999")));
        long hideFew = costOf(planner -> planner.delete(new SnapshotId("s500")));
        long copyFew = copyOf("s500");
        long restoreFew = restoreOf("s500");
        have(MANY, 16);
        String middle = "s" + (MANY / 2 + 4); // as far up its chain as the other one
        long copyMany = copyOf(middle);
        long restoreMany = restoreOf(middle);
        long takeMany = costOf(planner -> planner.take(next(MANY)));
        long deleteMany = costOf(planner -> planner.delete(new SnapshotId("s" + (MANY - 1))));
        long hideMany = costOf(planner -> planner.delete(new SnapshotId("s" + MANY / 2)));
        System.out.printf(
                "entries visited with 1000 and %d snapshots: take %d, %d; delete %d, %d; hide %d, %d%n",
                MANY, takeFew, takeMany, deleteFew, deleteMany, hideFew, hideMany);
        System.out.printf("copy a chain %d, %d; restore %d, %d%n", copyFew, copyMany, restoreFew, restoreMany);
        assertThat(copyMany).isLessThan(4 * copyFew);
        assertThat(restoreMany).isLessThan(4 * restoreFew);
        assertThat(takeMany).isLessThan(4 * takeFew);
        assertThat(deleteMany).isLessThan(4 * deleteFew);
        assertThat(hideMany).isLessThan(4 * hideFew);
    }

    @Test
    void what_waits_costs_nothing_until_it_is_collected_and_then_what_it_is() {
        have(20_000, 16);
        long alone = costOf(planner -> planner.delete(new SnapshotId("s7")));
        int few = 500;
        int many = 5_000;
        wait(0, few);
        long collectFew = costOf(ChainPlanner::collect);
        wait(few, many);
        assertThat(costOf(planner -> planner.delete(new SnapshotId("s" + (many + 8)))))
                .isLessThan(2 * alone);
        long collectMany = costOf(ChainPlanner::collect);
        System.out.printf("entries visited to collect %d and %d: %d, %d%n", few, many, collectFew, collectMany);
        assertThat(collectMany).isLessThan(collectFew * 2 * many / few);
    }

    /** These are to go, and their process died after it had said so. */
    private void wait(int from, int to) {
        for (int i = from; i < to; i++) {
            graph = graph.apply(new Step.BeginDelete(new SnapshotId("s" + i))).graph();
        }
    }

    @Test
    void a_long_chain_costs_nothing_until_it_goes() {
        have(50_000, Integer.MAX_VALUE);
        long last = costOf(planner -> planner.delete(new SnapshotId("s49999")));
        assertThat(last).isLessThan(5_000);
        long middle = costOf(planner -> planner.delete(new SnapshotId("s25000")));
        assertThat(middle).isLessThan(5_000);
    }
}
