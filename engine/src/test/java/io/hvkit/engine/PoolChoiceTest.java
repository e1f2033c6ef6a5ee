package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.VolumeRecord.Place;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.placement.PlacementNotes;
import io.hvkit.engine.placement.PlacementOrder;
import io.hvkit.engine.placement.PlacementPolicy;
import io.hvkit.engine.placement.PoolSelection;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** A pool is chosen without a look at those that cannot be, and is the one that a look at all of them puts first. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PoolChoiceTest {

    private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
    private static final int FLEETS = Boolean.getBoolean("hvkit.thorough") ? 2000 : 24;
    private static final int QUESTIONS = 8;
    private static final List<String> OWNERS = List.of("acme", "bravo", "nobody");

    /** Which pools were read is seen by whose tags are asked for. */
    private static final class Notes implements PlacementNotes {
        private final List<String> read = Collections.synchronizedList(new ArrayList<>());

        @Override
        public Set<String> tags(PoolRecord pool) {
            read.add(pool.name());
            return pool.name().endsWith("-ssd") ? Set.of("ssd") : Set.of();
        }

        @Override
        public Optional<String> owner(VolumeRecord volume) {
            return Optional.of(volume.name().substring(volume.name().lastIndexOf('-') + 1));
        }

        private Set<String> read() {
            Set<String> names = new HashSet<>(read);
            read.clear();
            return names;
        }
    }

    private InMemoryCatalog catalog = InMemoryCatalog.empty();
    private final ScriptedPools scripts = new ScriptedPools();
    private final Notes notes = new Notes();
    private final List<ZoneRecord> zones = new ArrayList<>();
    private final List<ClusterRecord> clusters = new ArrayList<>();
    private final List<HostRecord> hosts = new ArrayList<>();
    private final List<PoolRecord> pools = new ArrayList<>();

    private HvKit engine(PlacementOrder order) {
        return engine(order, Fuse.counting());
    }

    private HvKit engine(PlacementOrder order, Fuse transactions) {
        return HvKit.open(HvKitConfig.on(transactions.around(catalog.another()))
                .driversFrom(
                        HypervisorDrivers.of(List.of(new InMemoryHypervisorDriver())),
                        StorageDrivers.of(List.of(scripts)))
                .placingBy(PlacementPolicy.usual().ordered(order), notes)
                .timedBy(InstantSource.fixed(NOW)));
    }

    private void build(HvKit hvkit, int number, Random random) throws InterruptedException {
        zones.clear();
        clusters.clear();
        hosts.clear();
        pools.clear();
        for (int z = 0; z < 2; z++) {
            ZoneRecord zone = hvkit.inventory().addZone(number + "-z" + z);
            zones.add(zone);
            for (int c = 0; c < 2; c++) {
                ClusterRecord cluster = hvkit.inventory().addCluster(zone.id(), "c" + c, InMemoryHypervisorDriver.TYPE);
                for (int h = 0; h < 2; h++) {
                    HostRecord host =
                            hvkit.inventory().addHost(cluster.id(), HostRequest.named(number + "-h" + z + c + h));
                    hosts.add(host);
                    if (random.nextInt(8) == 0) {
                        hvkit.inventory().putHost(host.id(), Standing.MAINTENANCE);
                    }
                }
                if (random.nextInt(8) == 0) {
                    hvkit.inventory().put(cluster.id(), ClusterRecord.Policy.DISABLED);
                }
                clusters.add(cluster);
            }
        }
        int count = random.nextInt(40);
        for (int i = 0; i < count; i++) {
            pools.add(pool(hvkit, number + "-p" + i + (random.nextBoolean() ? "-ssd" : ""), random));
        }
    }

    private PoolRecord pool(HvKit hvkit, String name, Random random) throws InterruptedException {
        PoolRecord pool = random.nextInt(12) == 0
                ? catalog.inTransaction(
                        t -> t.pools().insert(PoolRecord.named(name, reach(random), "acme", Facts.NONE, NOW)))
                : hvkit.inventory()
                        .addPool(
                                reach(random),
                                PoolRequest.named(
                                                name,
                                                random.nextInt(12) == 0 ? ScriptedPools.PARENT : ScriptedPools.THIN)
                                        .with(ScriptedPools.NAME, name));
        ScriptedPools.Script script = scripts.script(name).holding(100, random.nextInt(4), 10L * random.nextInt(10));
        if (random.nextInt(6) == 0) {
            script.encryptedBy(EncryptionSupport.none());
        }
        if (random.nextInt(5) == 0) {
            script.failing(random.nextBoolean() ? Failure.UNREACHABLE : Failure.BAD_CREDENTIALS, "out of order");
        }
        if (random.nextInt(8) == 0) {
            hvkit.inventory().putPool(pool.id(), Standing.MAINTENANCE);
        }
        for (int i = random.nextInt(4); i > 0; i--) {
            String volume = name + "." + i + "-" + OWNERS.get(random.nextInt(2));
            VolumeRecord.State state = random.nextInt(4) == 0 ? VolumeRecord.State.CREATING : VolumeRecord.State.READY;
            catalog.inTransaction(t -> t.volumes()
                    .insert(new VolumeRecord(
                            RecordId.random(),
                            0,
                            volume,
                            state,
                            Place.first(pool.id(), ImageFormat.RAW),
                            ByteSize.gibibytes(30),
                            Optional.empty(),
                            Optional.empty(),
                            NOW)));
        }
        return pool;
    }

    private Reach reach(Random random) {
        ClusterRecord cluster = clusters.get(random.nextInt(clusters.size()));
        return switch (random.nextInt(3)) {
            case 0 -> Reach.of(zones.get(random.nextInt(zones.size())));
            case 1 -> Reach.of(cluster);
            default -> {
                HostRecord host = hosts.get(random.nextInt(hosts.size()));
                yield clusters.stream()
                        .filter(of -> of.id().equals(host.cluster()))
                        .map(of -> Reach.of(of, host))
                        .findFirst()
                        .orElseThrow();
            }
        };
    }

    private VolumeQuery question(Random random) {
        VolumeQuery query = VolumeQuery.of(ByteSize.gibibytes(1 + random.nextInt(40)), reach(random));
        if (random.nextInt(3) == 0) {
            query = query.tagged("ssd");
        }
        if (random.nextInt(3) == 0) {
            query = query.encrypted();
        }
        if (random.nextInt(4) == 0) {
            query = random.nextBoolean() ? query.shared() : query.local();
        }
        if (random.nextInt(3) > 0) {
            query = query.forOwner(OWNERS.get(random.nextInt(OWNERS.size())));
        }
        for (int i = random.nextInt(3); i > 0 && !pools.isEmpty(); i--) {
            RecordId<PoolRecord> some = pools.get(random.nextInt(pools.size())).id();
            query = random.nextBoolean() ? query.preferring(some) : query.excluding(some);
        }
        return random.nextInt(10) == 0 ? query.preferring(RecordId.random()) : query;
    }

    @Test
    void what_is_chosen_is_what_a_look_at_every_pool_puts_first() throws Exception {
        List<PlacementOrder> orders = List.of(PlacementOrder.values());
        long start = Long.getLong("hvkit.seed", System.nanoTime());
        for (int i = 0; i < FLEETS; i++) {
            long seed = start + i;
            Random random = new Random(seed);
            PlacementOrder order = orders.get(i % orders.size());
            catalog = InMemoryCatalog.empty();
            try (HvKit hvkit = engine(order)) {
                build(hvkit, i, random);
                for (int j = 0; j < QUESTIONS; j++) {
                    agree(hvkit, question(random), seed + j, order + ", fleet of seed " + seed + ", question " + j);
                }
            }
        }
    }

    private void agree(HvKit hvkit, VolumeQuery query, long lots, String what) throws InterruptedException {
        scripts.asked();
        PoolSelection all = hvkit.placement().explain(query, lots);
        List<String> askedByAll = scripts.asked();

        if (all.chosen().isPresent()) {
            assertThat(hvkit.placement().choose(query, lots)).as(what).isEqualTo(all.orThrow());
        } else {
            DriverException told = catchThrowableOfType(DriverException.class, all::orThrow);
            DriverException refused = catchThrowableOfType(
                    DriverException.class, () -> hvkit.placement().choose(query, lots));
            assertThat(refused).as(what).hasMessage(told.getMessage());
            assertThat(refused.failure()).as(what).isEqualTo(told.failure());
        }
        List<String> asked = scripts.asked();
        assertThat(askedByAll).as(what).containsAll(asked);
        assertThat(asked).as("%s: each is asked once", what).doesNotHaveDuplicates();
        assertThat(hvkit.placement().qualified(query).qualified())
                .as(what)
                .containsExactlyInAnyOrderElementsOf(all.qualified());
    }

    @Test
    void pools_elsewhere_are_not_read_and_one_that_will_do_is_asked_alone() throws Exception {
        try (HvKit hvkit = engine(PlacementOrder.RANDOM)) {
            ZoneRecord zone = hvkit.inventory().addZone("z");
            ClusterRecord here = hvkit.inventory().addCluster(zone.id(), "here", InMemoryHypervisorDriver.TYPE);
            ClusterRecord there = hvkit.inventory().addCluster(zone.id(), "there", InMemoryHypervisorDriver.TYPE);
            HostRecord host = hvkit.inventory().addHost(here.id(), HostRequest.named("h"));
            HostRecord neighbour = hvkit.inventory().addHost(here.id(), HostRequest.named("n"));
            for (int i = 0; i < 5; i++) {
                add(hvkit, "zone-" + i, Reach.of(zone));
                add(hvkit, "here-" + i, Reach.of(here));
                add(hvkit, "there-" + i, Reach.of(there));
                add(hvkit, "host-" + i, Reach.of(here, host));
                add(hvkit, "neighbour-" + i, Reach.of(here, neighbour));
            }
            scripts.asked();
            for (Reach within : List.of(Reach.of(here), Reach.of(here, host))) {
                notes.read();
                VolumeQuery query = VolumeQuery.of(ByteSize.gibibytes(1), within);

                RecordId<PoolRecord> chosen = hvkit.placement().choose(query, 42);

                assertThat(scripts.asked()).hasSize(1);
                assertThat(notes.read()).hasSize(1);
                assertThat(hvkit.placement().qualified(query).chosen()).isPresent();
                assertThat(notes.read())
                        .hasSize(within.host().isPresent() ? 15 : 20)
                        .noneMatch(name -> name.startsWith("there"));
                assertThat(hvkit.placement().explain(query, 42).orThrow()).isEqualTo(chosen);
                assertThat(notes.read()).hasSize(25);
                scripts.asked();
            }
        }
    }

    @Test
    void however_many_pools_there_are_the_catalog_is_asked_as_often() throws Exception {
        for (PlacementOrder order : List.of(PlacementOrder.USER_DISPERSING, PlacementOrder.FIRST_FIT_LEAST_CONSUMED)) {
            assertThat(readsOfOneAnswer(order, 40)).as("%s", order).isEqualTo(readsOfOneAnswer(order, 4));
        }
    }

    private int readsOfOneAnswer(PlacementOrder order, int count) throws Exception {
        catalog = InMemoryCatalog.empty();
        Fuse reads = Fuse.counting();
        try (HvKit hvkit = engine(order, reads)) {
            Reach zone = Reach.of(hvkit.inventory().addZone("z"));
            for (int i = 0; i < count; i++) {
                add(hvkit, order + "-" + count + "-" + i, zone);
            }
            VolumeQuery query = VolumeQuery.of(ByteSize.gibibytes(1), zone).forOwner("acme");
            assertThat(hvkit.placement().qualified(query).qualified()).hasSize(count); // all are open now
            int before = reads.moments();
            assertThat(hvkit.placement().qualified(query).qualified()).hasSize(count);
            assertThat(hvkit.placement().choose(query, 42)).isNotNull();
            return reads.moments() - before;
        }
    }

    private static void add(HvKit hvkit, String name, Reach reach) throws InterruptedException {
        PoolRecord unused = hvkit.inventory()
                .addPool(reach, PoolRequest.named(name, ScriptedPools.THIN).with(ScriptedPools.NAME, name));
    }
}
