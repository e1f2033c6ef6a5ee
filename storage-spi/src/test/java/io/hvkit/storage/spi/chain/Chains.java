package io.hvkit.storage.spi.chain;

import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.ChainStore.Standing;
import io.hvkit.storage.spi.chain.TakeSnapshot.Primary;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** A graph that changes as plans are carried out, for tests that read as sentences. */
final class Chains {

    static final PoolId FAST = new PoolId("fast");
    static final PoolId SLOW = new PoolId("slow");
    static final PoolId NFS = new PoolId("nfs");
    static final PoolId FAR = new PoolId("far");
    static final VolumeId ROOT = new VolumeId("root");
    static final SnapshotId S1 = new SnapshotId("s1");
    static final SnapshotId S2 = new SnapshotId("s2");
    static final SnapshotId S3 = new SnapshotId("s3");
    static final SnapshotId S4 = new SnapshotId("s4");

    ChainGraph graph = ChainGraph.empty()
            .withStore(ChainStore.of(FAST))
            .withStore(ChainStore.stacked(SLOW))
            .withStore(ChainStore.of(NFS))
            .withStore(ChainStore.of(FAR))
            .withVolume(ROOT, FAST);
    final List<UsageEvent> events = new ArrayList<>();

    /** A backup, written straight from the volume, whose changes since each older snapshot are known. */
    TakeSnapshot backup(SnapshotId id) {
        return backup(id, ChainLimit.USUAL);
    }

    TakeSnapshot backup(SnapshotId id, ChainLimit limit) {
        return TakeSnapshot.of(id, ROOT)
                .backedUpTo(
                        NFS, limit, ChangeTracking.since(graph.snapshotsOf(ROOT).toArray(SnapshotId[]::new)))
                .primary(Primary.SKIPPED);
    }

    Chains backedUp(SnapshotId... ids) {
        for (SnapshotId id : ids) {
            TakeSnapshot request = backup(id);
            carryOut(planner -> planner.take(request));
        }
        return this;
    }

    Chains emptyDelta(SnapshotId id, SnapshotId since) {
        TakeSnapshot request = TakeSnapshot.of(id, ROOT)
                .backedUpTo(NFS, ChainLimit.USUAL, ChangeTracking.nothingSince(since))
                .primary(Primary.SKIPPED);
        carryOut(planner -> planner.take(request));
        return this;
    }

    ChainPlanner planner() {
        return ChainPlanner.of(graph);
    }

    ChainPlan carryOut(Function<ChainPlanner, ChainPlan> question) {
        ChainPlan plan = question.apply(planner());
        apply(plan.steps());
        return plan;
    }

    ChainPlan delete(SnapshotId id) {
        return carryOut(planner -> planner.delete(id));
    }

    void apply(List<Step> steps) {
        for (Step step : steps) {
            ChainGraph.Applied applied = graph.apply(step);
            graph = applied.graph();
            applied.event().ifPresent(events::add);
        }
    }

    void being(PoolId store, Standing standing) {
        graph = graph.withStore(graph.store(store).orElseThrow().being(standing));
    }

    static LayerId nfs(SnapshotId id) {
        return new LayerId(NFS, id.value());
    }
}
