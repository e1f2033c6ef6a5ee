package io.hvkit.benchmarks;

import io.hvkit.core.HostId;
import io.hvkit.core.PoolId;
import io.hvkit.storage.spi.EndPointFacts;
import io.hvkit.storage.spi.EndPointFleet;
import io.hvkit.storage.spi.EndPointQuery;
import io.hvkit.storage.spi.Scope;
import io.hvkit.storage.spi.Selection;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Which of many hosts runs a job on a pool that ten of them reach. */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DecisionBenchmark {

    private static final int TOGETHER = 10;
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final EndPointQuery QUERY =
            EndPointQuery.anyIn(Scope.zone("z")).reaching(new PoolId("pool-0"));

    /** How many hosts there are. */
    @Param("1000")
    public int hosts;

    private List<EndPointFacts> facts = List.of();
    private EndPointFleet fleet = EndPointFleet.of(List.of());
    private long seed;

    /** Makes the fleet. */
    @Setup
    public void makeFleet() {
        facts = IntStream.range(0, hosts)
                .mapToObj(i -> EndPointFacts.of(new HostId("host-" + i), "z", "c" + i / TOGETHER, NOW)
                        .reaching(new PoolId("pool-" + i / TOGETHER)))
                .toList();
        fleet = EndPointFleet.of(facts);
    }

    /** By the index. */
    @Benchmark
    public Selection ours() {
        return fleet.select(QUERY, seed++);
    }

    /** By looking at every host. */
    @Benchmark
    public Optional<EndPointFacts> plain() {
        long lot = seed++;
        return facts.stream()
                .filter(host ->
                        host.state() == EndPointFacts.State.UP && host.zone().equals("z"))
                .filter(host -> host.pools().contains(new PoolId("pool-0")))
                .min(Comparator.comparingLong(host -> host.host().hashCode() ^ lot));
    }
}
