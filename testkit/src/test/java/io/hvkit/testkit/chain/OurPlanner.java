package io.hvkit.testkit.chain;

import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.ChainGraph;
import io.hvkit.storage.spi.chain.ChainLimit;
import io.hvkit.storage.spi.chain.ChainPlan;
import io.hvkit.storage.spi.chain.ChainPlanner;
import io.hvkit.storage.spi.chain.SnapshotSources;
import io.hvkit.storage.spi.chain.TakeSnapshot;

/** The planner of the SDK. */
class OurPlanner implements PlannerUnderTest {

    @Override
    public ChainPlan take(ChainGraph graph, TakeSnapshot request) {
        return ChainPlanner.of(graph).take(request);
    }

    @Override
    public ChainPlan delete(ChainGraph graph, SnapshotId id) {
        return ChainPlanner.of(graph).delete(id);
    }

    @Override
    public ChainPlan abandon(ChainGraph graph, SnapshotId id) {
        return ChainPlanner.of(graph).abandon(id);
    }

    @Override
    public ChainPlan collect(ChainGraph graph) {
        return ChainPlanner.of(graph).collect();
    }

    @Override
    public ChainPlan merge(ChainGraph graph, SnapshotId id) {
        return ChainPlanner.of(graph).merge(id);
    }

    @Override
    public ChainPlan flatten(ChainGraph graph, SnapshotId id, PoolId store) {
        return ChainPlanner.of(graph).flatten(id, store);
    }

    @Override
    public ChainPlan copyChain(ChainGraph graph, SnapshotId id, PoolId to, ChainLimit limit) {
        return ChainPlanner.of(graph).copyChain(id, to, limit);
    }

    @Override
    public ChainPlan abandonCopy(ChainGraph graph, SnapshotId id, PoolId store) {
        return ChainPlanner.of(graph).abandonCopy(id, store);
    }

    @Override
    public ChainPlan restore(ChainGraph graph, SnapshotId id, VolumeId target, PoolId pool) {
        return ChainPlanner.of(graph).restore(id, target, pool);
    }

    @Override
    public SnapshotSources revertSources(ChainGraph graph, SnapshotId id) {
        return ChainPlanner.of(graph).revertSources(id);
    }
}
