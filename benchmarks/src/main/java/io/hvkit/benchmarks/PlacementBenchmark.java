package io.hvkit.benchmarks;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.internal.placement.PoolAnswer;
import io.hvkit.engine.internal.placement.PoolFacts;
import io.hvkit.engine.internal.placement.PoolFleet;
import io.hvkit.engine.placement.PlacementPolicy;
import io.hvkit.engine.placement.PoolSelection;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.PoolTrait;
import io.hvkit.storage.spi.ResolvedPoolType;
import io.hvkit.storage.spi.StoragePoolType;
import java.time.Instant;
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

/** Which of many pools takes a volume. All are candidates, and the answer ranks or rejects each: the cost is that of the fleet. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PlacementBenchmark {

    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final ZoneRecord ZONE = new ZoneRecord(new RecordId<>("z"), 1, "zone");
    private static final StoragePoolType TYPE = StoragePoolType.named("thin", "Thin")
            .having(PoolTrait.SHARED, PoolTrait.BLOCK_DEVICES, PoolTrait.OVERPROVISIONS)
            .encryptedBy(EncryptionSupport.hypervisorLuks());
    private static final VolumeQuery QUERY = VolumeQuery.of(ByteSize.gibibytes(10), PoolRecord.Reach.of(ZONE));

    /** How many pools there are. */
    @Param("1000")
    public int pools;

    private PoolFleet fleet = PoolFleet.of(java.util.List.of());
    private long seed;

    /** Makes the pools, every tenth of which is full. */
    @Setup
    public void makePools() {
        fleet = PoolFleet.of(
                IntStream.range(0, pools).mapToObj(PlacementBenchmark::pool).toList());
    }

    private static PoolFacts pool(int number) {
        String name = "pool-" + number;
        PoolRecord fresh = PoolRecord.named(name, PoolRecord.Reach.of(ZONE), TYPE.id(), Facts.NONE, NOW);
        PoolRecord pool = new PoolRecord(
                new RecordId<>(name),
                1,
                fresh.reach(),
                name,
                TYPE.id(),
                fresh.options(),
                fresh.standing(),
                fresh.seen(),
                fresh.identity(),
                fresh.membership());
        ByteSize capacity = ByteSize.tebibytes(1);
        ByteSize used = number % 10 == 0 ? capacity : ByteSize.gibibytes(100);
        PoolAnswer answer = new PoolAnswer(
                TYPE,
                TYPE.encryption(),
                Set.of(ImageFormat.RAW, ImageFormat.QCOW2),
                new PoolStatistics(capacity, used, used),
                Optional.empty(),
                NOW);
        PoolFacts.Hosts everybody = new PoolFacts.Hosts(Optional.empty(), Optional.empty());
        return PoolFacts.of(pool, new ResolvedPoolType.Known(TYPE), everybody).saying(answer);
    }

    /** The whole answer, with a reason for each pool. */
    @Benchmark
    public PoolSelection ours() {
        return fleet.select(QUERY, PlacementPolicy.usual(), NOW, seed++);
    }
}
