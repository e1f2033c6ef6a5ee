package io.hvkit.benchmarks;

import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.ChainGraph;
import io.hvkit.storage.spi.chain.ChainLimit;
import io.hvkit.storage.spi.chain.ChainPlan;
import io.hvkit.storage.spi.chain.ChainPlanner;
import io.hvkit.storage.spi.chain.ChainRows;
import io.hvkit.storage.spi.chain.ChainStore;
import io.hvkit.storage.spi.chain.ChainVolume;
import io.hvkit.storage.spi.chain.Layer;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.LogicalSnapshot;
import io.hvkit.storage.spi.chain.Replica;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The plan for copying one snapshot of many to another store. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SnapshotPlanBenchmark {

    private static final PoolId POOL = new PoolId("pool");
    private static final PoolId STORE = new PoolId("store");
    private static final PoolId OTHER = new PoolId("other");
    private static final VolumeId VOLUME = new VolumeId("v");
    private static final int CHAIN = 16;

    /** How many snapshots there are. */
    @Param("1000")
    public int snapshots;

    private ChainGraph graph = ChainGraph.empty();
    private SnapshotId middle = new SnapshotId("s0");

    /** Makes a volume with backups that stand on the one before, every sixteenth of them a full one. */
    @Setup
    public void makeSnapshots() {
        List<Layer> layers = new ArrayList<>();
        List<LogicalSnapshot> rows = new ArrayList<>();
        for (int i = 0; i < snapshots; i++) {
            SnapshotId id = new SnapshotId("s" + i);
            LayerId layer = new LayerId(STORE, id.value());
            Optional<LayerId> parent =
                    i % CHAIN == 0 ? Optional.empty() : Optional.of(new LayerId(STORE, "s" + (i - 1)));
            layers.add(new Layer(layer, parent, Layer.State.READY));
            rows.add(new LogicalSnapshot(
                    id,
                    VOLUME,
                    i,
                    POOL,
                    LogicalSnapshot.State.BACKED_UP,
                    LogicalSnapshot.Usage.RUNNING,
                    Map.of(STORE, new Replica(layer, Replica.State.READY))));
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
        graph = ChainGraph.of(new ChainRows(stores, List.of(volume), layers, rows));
        middle = new SnapshotId("s" + (snapshots / 2 / CHAIN * CHAIN + 4));
    }

    /** Plans it. */
    @Benchmark
    public ChainPlan ours() {
        return ChainPlanner.of(graph).copyChain(middle, OTHER, ChainLimit.USUAL);
    }
}
