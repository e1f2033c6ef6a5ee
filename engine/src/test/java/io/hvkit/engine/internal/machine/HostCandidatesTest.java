package io.hvkit.engine.internal.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.engine.machine.MachineRequest.Placing;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HostCandidatesTest {

    private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
    private static final int QUESTIONS = Boolean.getBoolean("hvkit.thorough") ? 20_000 : 1_000;

    private final InMemoryCatalog catalog = InMemoryCatalog.empty();
    private final List<ZoneRecord> zones = new ArrayList<>();
    private final List<ClusterRecord> clusters = new ArrayList<>();
    private final List<HostRecord> hosts = new ArrayList<>();

    @BeforeEach
    void build() throws Exception {
        catalog.inTransaction(t -> {
            for (int z = 0; z < 2; z++) {
                ZoneRecord zone = t.zones().insert(ZoneRecord.named("z" + z));
                zones.add(zone);
                for (int c = 0; c < 3; c++) {
                    ClusterRecord cluster = t.clusters().insert(ClusterRecord.named("c" + c, zone.id(), "in-memory"));
                    clusters.add(cluster);
                    for (int h = 0; h < 3; h++) {
                        hosts.add(t.hosts().insert(HostRecord.named("h" + z + c + h, cluster.id(), Facts.NONE, NOW)));
                    }
                }
            }
            return true;
        });
    }

    private Reach reach(Random random) {
        HostRecord host = hosts.get(random.nextInt(hosts.size()));
        ClusterRecord cluster = clusters.stream()
                .filter(of -> of.id().equals(host.cluster()))
                .findFirst()
                .orElseThrow();
        return switch (random.nextInt(4)) {
            case 0 -> Reach.of(cluster);
            case 1 -> Reach.of(cluster, host);
            default -> Reach.of(zones.get(random.nextInt(zones.size())));
        };
    }

    private Optional<RecordId<HostRecord>> anybody(Random random, int oneIn) {
        return random.nextInt(oneIn) == 0
                ? Optional.of(hosts.get(random.nextInt(hosts.size())).id())
                : Optional.empty();
    }

    private HostQuestion question(Random random) {
        List<PoolRecord> pools = IntStream.range(0, random.nextInt(4))
                .mapToObj(i -> PoolRecord.named("p" + i, reach(random), "any", Facts.NONE, NOW))
                .toList();
        return new HostQuestion(
                "web",
                zones.get(random.nextInt(zones.size())).id(),
                new MachineRecord.Needs(1, ByteSize.gibibytes(1)),
                new Placing(Set.of(), Optional.empty()),
                Set.of(),
                pools,
                new HostQuestion.Bounds(anybody(random, 5), anybody(random, 3)));
    }

    @Test
    void those_that_are_left_out_are_those_that_do_not_qualify_anyhow() throws Exception {
        long seed = Long.getLong("hvkit.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < QUESTIONS; i++) {
            HostQuestion question = question(random);
            catalog.inTransaction(t -> agree(t, question, seed));
        }
    }

    private static boolean agree(Transaction transaction, HostQuestion question, long seed) {
        List<HostRecord> all = HostCandidates.ofZone(transaction, question);
        List<HostRecord> near = HostCandidates.withinReach(transaction, question);
        assertThat(all).as("seed %s: %s", seed, question).containsAll(near);
        assertThat(near).doesNotHaveDuplicates();
        for (HostRecord host : all) {
            ClusterRecord cluster = transaction.clusters().require(host.cluster());
            boolean qualifies =
                    RecordedHost.against(question, host, cluster, Set.of()).isEmpty();
            assertThat(!qualifies || near.contains(host))
                    .as("seed %s: %s for %s", seed, host, question)
                    .isTrue();
        }
        return true;
    }

    @Test
    void a_disk_of_one_host_leaves_that_host_and_one_of_a_cluster_leaves_its_hosts() throws Exception {
        ClusterRecord cluster = clusters.get(0);
        Reach byOne = Reach.of(cluster, hosts.get(0));

        assertThat(near(Reach.of(zones.get(0)))).hasSize(9);
        assertThat(near(Reach.of(zones.get(0)), Reach.of(cluster)))
                .containsExactlyInAnyOrderElementsOf(hosts.subList(0, 3));
        assertThat(near(Reach.of(zones.get(0)), Reach.of(cluster), byOne)).containsExactly(hosts.get(0));
        assertThat(near(Reach.of(clusters.get(3)))).as("of another zone").isEmpty();
    }

    private List<HostRecord> near(Reach... reaches) throws InterruptedException {
        List<PoolRecord> pools = IntStream.range(0, reaches.length)
                .mapToObj(i -> PoolRecord.named("p" + i, reaches[i], "any", Facts.NONE, NOW))
                .toList();
        HostQuestion question = new HostQuestion(
                "web",
                zones.get(0).id(),
                new MachineRecord.Needs(1, ByteSize.gibibytes(1)),
                new Placing(Set.of(), Optional.empty()),
                Set.of(),
                pools,
                HostQuestion.Bounds.NONE);
        return catalog.inTransaction(t -> HostCandidates.withinReach(t, question));
    }
}
