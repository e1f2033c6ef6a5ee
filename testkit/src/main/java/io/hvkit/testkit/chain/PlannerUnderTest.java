package io.hvkit.testkit.chain;

import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.ChainGraph;
import io.hvkit.storage.spi.chain.ChainLimit;
import io.hvkit.storage.spi.chain.ChainPlan;
import io.hvkit.storage.spi.chain.SnapshotSources;
import io.hvkit.storage.spi.chain.TakeSnapshot;

/**
 * A planner that a {@link ChainPlannerContract} judges. Each method answers a question about a graph, as the method of that name of {@link
 * io.hvkit.storage.spi.chain.ChainPlanner} does: it changes nothing, and whoever asked carries out the steps.
 */
public interface PlannerUnderTest {

    /** Plans to take a snapshot, or the rest of it. */
    ChainPlan take(ChainGraph graph, TakeSnapshot request);

    /** Plans to delete a snapshot, or the rest of it. */
    ChainPlan delete(ChainGraph graph, SnapshotId id);

    /** Plans to give up a snapshot that did not become whole. */
    ChainPlan abandon(ChainGraph graph, SnapshotId id);

    /** Plans to finish what stopped or waited, and to remove what nobody reads. */
    ChainPlan collect(ChainGraph graph);

    /** Plans to end the hiding of a deleted snapshot. */
    ChainPlan merge(ChainGraph graph, SnapshotId id);

    /** Plans to make a copy full. */
    ChainPlan flatten(ChainGraph graph, SnapshotId id, PoolId store);

    /** Plans to copy a snapshot and those that its chain holds to another store. */
    ChainPlan copyChain(ChainGraph graph, SnapshotId id, PoolId to, ChainLimit limit);

    /** Plans to give up a copy that is being written. */
    ChainPlan abandonCopy(ChainGraph graph, SnapshotId id, PoolId store);

    /** Plans a new volume with what a snapshot holds. */
    ChainPlan restore(ChainGraph graph, SnapshotId id, VolumeId target, PoolId pool);

    /** Ranks the copies of a snapshot for reverting its volume. */
    SnapshotSources revertSources(ChainGraph graph, SnapshotId id);
}
