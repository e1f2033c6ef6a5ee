package io.hvkit.benchmarks;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.HvKitConfig;
import io.hvkit.engine.internal.placement.PoolAnswer;
import io.hvkit.engine.internal.placement.PoolFacts;
import io.hvkit.engine.internal.placement.PoolFleet;
import io.hvkit.engine.placement.PlacementPolicy;
import io.hvkit.engine.placement.PoolSelection;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.PoolTrait;
import io.hvkit.storage.spi.ResolvedPoolType;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Which of many pools takes a volume that one cluster is to use, which ten of them are for. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PlacementBenchmark {

    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final ByteSize SIZE = ByteSize.gibibytes(10);

    /** Pools that a catalog knows. */
    @State(Scope.Benchmark)
    public static class Recorded {

        /** The file of the catalog, as {@link Fleet} made it. */
        @Param("none")
        public String catalog = "none";

        private Optional<JdbcCatalog> open = Optional.empty();
        private Optional<HvKit> hvkit = Optional.empty();
        private final VolumeQuery query = VolumeQuery.of(SIZE, Fleet.FIRST);
        private long seed;

        /** Opens the catalog, and an engine on it. */
        @Setup
        public void open() throws InterruptedException {
            JdbcCatalog file = JdbcCatalog.file(Path.of(catalog));
            open = Optional.of(file);
            hvkit = Optional.of(HvKit.open(HvKitConfig.on(file)
                    .driversFrom(
                            HypervisorDrivers.of(List.of(new InMemoryHypervisorDriver())),
                            StorageDrivers.of(List.of(new InMemoryStorageDriver())))));
        }

        /** Closes both. */
        @TearDown
        public void close() {
            hvkit.ifPresent(HvKit::close);
            open.ifPresent(JdbcCatalog::close);
        }

        RecordId<PoolRecord> choose() throws InterruptedException {
            return hvkit.orElseThrow().placement().choose(query, seed++);
        }
    }

    /** Pools of which everything is known already, in memory. */
    @State(Scope.Benchmark)
    public static class Known {

        private static final StoragePoolType TYPE = StoragePoolType.named("thin", "Thin")
                .having(PoolTrait.SHARED, PoolTrait.BLOCK_DEVICES, PoolTrait.OVERPROVISIONS)
                .encryptedBy(EncryptionSupport.hypervisorLuks());
        private static final PoolFacts.Hosts EVERYBODY = new PoolFacts.Hosts(Optional.empty(), Optional.empty());

        /** How many pools there are. */
        @Param("1000")
        public int pools;

        private final VolumeQuery query = VolumeQuery.of(SIZE, Fleet.FIRST);
        private PoolFleet fleet = PoolFleet.of(List.of());
        private long seed;

        /** Makes the pools. */
        @Setup
        public void makePools() {
            fleet = PoolFleet.of(IntStream.range(0, pools).mapToObj(Known::pool).toList());
        }

        private static PoolFacts pool(int number) {
            PoolRecord pool = PoolRecord.named("pool-" + number, Fleet.reach(number), TYPE.id(), Facts.NONE, NOW);
            PoolAnswer answer = new PoolAnswer(
                    TYPE,
                    TYPE.encryption(),
                    Set.of(ImageFormat.RAW, ImageFormat.QCOW2),
                    new PoolStatistics(ByteSize.tebibytes(1), ByteSize.gibibytes(100), ByteSize.gibibytes(100)),
                    Optional.empty(),
                    NOW);
            return PoolFacts.of(pool, new ResolvedPoolType.Known(TYPE), EVERYBODY)
                    .saying(answer);
        }

        PoolSelection select() {
            return fleet.select(query, PlacementPolicy.usual(), NOW, seed++);
        }
    }

    /** By the catalog's index: the records of the ten are read, and one of them is asked. */
    @Benchmark
    public RecordId<PoolRecord> ours(Recorded pools) throws InterruptedException {
        return pools.choose();
    }

    /** By looking at every pool; nothing is read and nobody is asked. */
    @Benchmark
    public PoolSelection plain(Known pools) {
        return pools.select();
    }
}
