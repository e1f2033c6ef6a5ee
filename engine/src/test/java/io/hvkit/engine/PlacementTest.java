package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.VolumeRecord.Place;
import io.hvkit.catalog.spi.VolumeRecord.Second;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.placement.PlacedVolumeRequest;
import io.hvkit.engine.placement.PlacementNotes;
import io.hvkit.engine.placement.PlacementOrder;
import io.hvkit.engine.placement.PlacementPolicy;
import io.hvkit.engine.placement.PoolRejection;
import io.hvkit.engine.placement.PoolRejection.Reason;
import io.hvkit.engine.placement.PoolSelection;
import io.hvkit.engine.placement.PoolSelection.Choice;
import io.hvkit.engine.placement.Ratio;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.EndPointQuery;
import io.hvkit.storage.spi.Rejection;
import io.hvkit.storage.spi.Scope;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What an engine gathers from its catalog and its pools before it chooses one. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PlacementTest {

    private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
    private static final ByteSize SIZE = ByteSize.gibibytes(20);
    private static final PlacementPolicy USUAL = PlacementPolicy.usual();

    private final InMemoryCatalog catalog = InMemoryCatalog.empty().rerunning();
    private final ScriptedPools pools = new ScriptedPools();
    private HvKit hvkit;
    private ZoneRecord zone;
    private ClusterRecord cluster;
    private HostRecord host;

    @BeforeEach
    void open() throws Exception {
        hvkit = engine(USUAL, PlacementNotes.NONE);
        zone = hvkit.inventory().addZone("z1");
        cluster = hvkit.inventory().addCluster(zone.id(), "c1", InMemoryHypervisorDriver.TYPE);
        host = hvkit.inventory().addHost(cluster.id(), HostRequest.named("h1"));
    }

    @AfterEach
    void close() {
        hvkit.close();
    }

    private HvKit engine(PlacementPolicy policy, PlacementNotes notes) {
        return HvKit.open(HvKitConfig.on(catalog.another())
                .driversFrom(
                        HypervisorDrivers.of(List.of(new InMemoryHypervisorDriver())),
                        StorageDrivers.of(List.of(pools)))
                .placingBy(policy, notes)
                .timedBy(InstantSource.fixed(NOW)));
    }

    private PoolRecord add(String name, Reach reach) throws InterruptedException {
        return hvkit.inventory()
                .addPool(reach, PoolRequest.named(name, ScriptedPools.THIN).with(ScriptedPools.NAME, name));
    }

    private PoolRecord add(String name) throws InterruptedException {
        return add(name, Reach.of(zone));
    }

    private VolumeQuery any() {
        return VolumeQuery.of(SIZE, Reach.of(zone));
    }

    private static List<String> words(PoolSelection selection, PoolRecord pool) {
        return selection.against(pool.id()).stream().map(PoolRejection::detail).toList();
    }

    @Test
    void a_zone_without_pools_has_room_for_nothing_and_says_so() throws Exception {
        RecordId<ZoneRecord> empty = hvkit.inventory().addZone("empty").id();
        VolumeQuery query =
                VolumeQuery.of(ByteSize.gibibytes(1), new PoolRecord.Reach(empty, Optional.empty(), Optional.empty()));

        assertThat(hvkit.placement().explain(query).qualified()).isEmpty();
        assertThat(catchThrowableOfType(
                                DriverException.class, () -> hvkit.placement().choose(query))
                        .failure())
                .isEqualTo(Failure.EXHAUSTED);
    }

    @Test
    void a_volume_is_made_where_there_is_room() throws Exception {
        PoolRecord full = add("full");
        PoolRecord empty = add("empty");
        pools.script("full").holding(100, 10, 73);
        Reach everywhere = Reach.of(zone);

        // tag::place[]
        VolumeQuery wanted = VolumeQuery.of(ByteSize.gibibytes(20), everywhere).shared();
        PoolSelection pool = hvkit.placement().explain(wanted);
        VolumeRequest request = VolumeRequest.blank("web-data", wanted.size(), pool.orThrow());
        // end::place[]

        assertThat(request.pool()).isEqualTo(empty.id());
        assertThat(words(pool, full))
                .containsExactly(
                        "has 12 GiB left of 100 GiB at overcommit 1.0 and threshold 0.85, and 20 GiB are wanted");
        assertThat(hvkit.volumes().create(request).await().place().pool()).isEqualTo(empty.id());
        assertThat(hvkit.placement().choose(wanted)).isEqualTo(empty.id());

        // tag::keep[]
        VolumeRecord data = hvkit.volumes()
                .create(PlacedVolumeRequest.named("db-data", wanted))
                .await();
        // end::keep[]
        assertThat(data.place().pool()).isEqualTo(empty.id());
    }

    @Test
    void what_the_catalog_has_against_a_pool_is_told_and_the_pool_is_left_in_peace() throws Exception {
        PoolRecord good = add("good");
        PoolRecord resting = add("resting");
        hvkit.inventory().putPool(resting.id(), Standing.MAINTENANCE);
        PoolRecord local = add("local", Reach.of(cluster, host));
        PoolRecord parent = hvkit.inventory()
                .addPool(
                        Reach.of(zone),
                        PoolRequest.named("parent", ScriptedPools.PARENT).with(ScriptedPools.NAME, "parent"));
        PoolRecord stranger = catalog.inTransaction(transaction ->
                transaction.pools().insert(PoolRecord.named("stranger", Reach.of(zone), "acme", Facts.NONE, NOW)));
        ZoneRecord elsewhere = hvkit.inventory().addZone("z2");
        PoolRecord far = add("far", Reach.of(elsewhere));
        pools.asked();

        PoolSelection selection =
                hvkit.placement().explain(any().shared().preferring(far.id()).preferring(parent.id()));

        assertThat(selection.qualified()).extracting(Choice::pool).containsExactly(good.id());
        assertThat(pools.asked()).containsExactly("good");
        assertThat(words(selection, resting)).containsExactly("is in maintenance");
        assertThat(words(selection, local)).containsExactly("is local, and a shared one is wanted");
        assertThat(words(selection, parent))
                .containsExactly("is a parent of pools (datastore-cluster), which take volumes in its place");
        assertThat(words(selection, stranger)).singleElement().asString().startsWith("is of type acme");
        assertThat(selection.against(far.id()))
                .extracting(PoolRejection::reason)
                .containsExactly(Reason.OUT_OF_REACH);
        hvkit.inventory().putHost(host.id(), Standing.MAINTENANCE);
        assertThat(words(hvkit.placement().explain(any()), local))
                .containsExactly("host h1, which alone reaches it, is in maintenance");
        hvkit.inventory().put(cluster.id(), ClusterRecord.Policy.DISABLED);
        assertThat(words(hvkit.placement().explain(any()), local))
                .contains("cluster c1, which reaches it, is out of use");
    }

    @Test
    void a_pool_that_does_not_answer_is_rejected_with_what_its_driver_says() throws Exception {
        PoolRecord silent = add("silent");
        PoolRecord broken = add("broken");
        pools.script("silent").failing(Failure.UNREACHABLE, "nobody at 10.0.0.7");
        pools.script("broken").failing(Failure.BAD_CREDENTIALS, "the password was changed");

        PoolSelection selection = hvkit.placement().explain(any());

        assertThat(selection.against(silent.id()))
                .containsExactly(new PoolRejection(Reason.NO_ANSWER, "did not answer: nobody at 10.0.0.7"));
        assertThat(selection.against(broken.id()))
                .containsExactly(
                        new PoolRejection(Reason.FAILED, "failed to tell how it is: the password was changed"));
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> hvkit.placement().choose(any()))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.UNREACHABLE))
                .withMessageContaining("silent: did not answer: nobody at 10.0.0.7");
        PoolRecord good = add("good");
        assertThat(hvkit.placement().choose(any())).isEqualTo(good.id());
    }

    @Test
    void what_an_open_pool_says_counts_and_not_what_its_type_says() throws Exception {
        pools.script("p").encryptedBy(EncryptionSupport.none());
        PoolRecord pool = add("p");

        assertThat(ScriptedPools.THIN.encryption()).isNotEqualTo(EncryptionSupport.none());
        assertThat(words(hvkit.placement().explain(any().encrypted()), pool)).containsExactly("encrypts nothing");
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> hvkit.placement().choose(any().encrypted()))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.UNSUPPORTED));
        assertThat(hvkit.placement().choose(any())).isEqualTo(pool.id());
        PoolRecord other = add("q");
        assertThat(hvkit.placement().choose(any().encrypted())).isEqualTo(other.id());
    }

    @Test
    void storage_that_knows_steps_is_asked_what_the_volume_would_take() throws Exception {
        PoolRecord pool = add("p");
        pools.script("p").holding(26, 0, 0).inStepsOf(ByteSize.gibibytes(8));

        assertThat(words(hvkit.placement().explain(any()), pool))
                .containsExactly("has 22.09 GiB left of 26 GiB at overcommit 1.0 and threshold 0.85, and 24 GiB are"
                        + " taken by a volume of 20 GiB");
        pools.script("p").inStepsOf(ByteSize.gibibytes(4));
        for (VolumeQuery query : List.of(any(), any().encrypted(), any().as(ImageFormat.QCOW2))) {
            assertThat(hvkit.placement().choose(query)).isEqualTo(pool.id());
        }
    }

    @Test
    void what_is_recorded_and_not_there_yet_counts_as_promised() throws Exception {
        PoolRecord pool = add("p");
        PoolRecord other = add("q");
        RecordId<VolumeRecord> creating = record("creating", VolumeRecord.State.CREATING, pool, Optional.empty());
        Second incoming = new Second(Second.Role.INCOMING, Place.first(pool.id(), ImageFormat.RAW), Optional.empty());
        RecordId<VolumeRecord> moving = record("moving", VolumeRecord.State.MOVING, other, Optional.of(incoming));
        pools.script("p").holding(100, 0, 30);

        assertThat(words(hvkit.placement().explain(any()), pool))
                .containsExactly(
                        "has 15 GiB left of 100 GiB at overcommit 1.0 and threshold 0.85, and 20 GiB are wanted");
        see(creating);
        see(moving);
        assertThat(hvkit.placement().explain(any()).against(pool.id()))
                .as("the pool counts what it was seen to have")
                .isEmpty();
    }

    private RecordId<VolumeRecord> record(
            String name, VolumeRecord.State state, PoolRecord pool, Optional<Second> second)
            throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction
                .volumes()
                .insert(new VolumeRecord(
                        RecordId.random(),
                        0,
                        name,
                        state,
                        Place.first(pool.id(), ImageFormat.RAW),
                        SIZE,
                        Optional.empty(),
                        second,
                        NOW))
                .id());
    }

    /** Notes that the pool was seen to have it, and its second copy. */
    private void see(RecordId<VolumeRecord> id) throws InterruptedException {
        ExternalId external = new ExternalId("thin", "volume", "v", NOW);
        catalog.inTransaction(transaction -> {
            VolumeRecord volume = transaction.volumes().require(id);
            return transaction
                    .volumes()
                    .update(volume.at(volume.place().seen(ImageFormat.RAW, external, Optional.empty()))
                            .beside(volume.second()
                                    .map(second -> new Second(
                                            second.role(),
                                            second.place().seen(ImageFormat.RAW, external, Optional.empty()),
                                            second.key()))));
        });
    }

    @Test
    void tags_and_overcommit_are_what_the_embedder_says() throws Exception {
        PoolRecord slow = add("slow");
        PoolRecord fast = add("fast");
        pools.script("fast").holding(100, 10, 120);
        try (HvKit noting = engine(USUAL, new PlacementNotes() {
            @Override
            public Set<String> tags(PoolRecord pool) {
                return pool.name().equals("fast") ? Set.of("ssd") : Set.of();
            }

            @Override
            public Ratio overcommit(PoolRecord pool) {
                return Ratio.parse("2.0");
            }
        })) {
            PoolSelection selection = noting.placement().explain(any().tagged("ssd"));

            assertThat(selection.chosen()).contains(fast.id());
            assertThat(words(selection, slow)).containsExactly("lacks the tags [ssd], it has []");
        }
        assertThat(words(hvkit.placement().explain(any()), fast))
                .containsExactly("has 0 B left of 100 GiB at overcommit 1.0 and threshold 0.85, and 20 GiB are wanted");
    }

    /** Whoever is asked may look into the catalog, which no transaction within a transaction could. */
    @Test
    void volumes_are_dispersed_by_the_owner_that_the_embedder_names() throws Exception {
        PoolRecord one = add("one");
        PoolRecord two = add("two");
        Map<String, String> owners = Map.of("a", "acme", "b", "acme", "c", "acme", "d", "bravo", "e", "bravo");
        record("a", VolumeRecord.State.READY, one, Optional.empty());
        record("b", VolumeRecord.State.READY, one, Optional.empty());
        Second to = new Second(Second.Role.INCOMING, Place.first(two.id(), ImageFormat.RAW), Optional.empty());
        record("c", VolumeRecord.State.MOVING, one, Optional.of(to));
        record("d", VolumeRecord.State.READY, two, Optional.empty());
        record("e", VolumeRecord.State.READY, two, Optional.empty());
        HvKit inner = hvkit;
        try (HvKit dispersing = engine(USUAL.ordered(PlacementOrder.USER_DISPERSING), new PlacementNotes() {
            @Override
            public Optional<String> owner(VolumeRecord volume) {
                try {
                    return inner.inventory().pools().isEmpty()
                            ? Optional.empty()
                            : Optional.ofNullable(owners.get(volume.name()));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        })) {
            assertThat(dispersing.placement().explain(any().forOwner("acme"), 3).explain())
                    .isEqualTo("""
                            two: chosen, volumes of acme there: 1
                            one: qualifies too, volumes of acme there: 3
                            order userdispersing, seed 3
                            """);
            assertThat(dispersing.placement().choose(any().forOwner("bravo"))).isEqualTo(one.id());
            for (long seed = 0; seed < 20; seed++) {
                assertThat(dispersing.placement().choose(any().forOwner("acme"), seed))
                        .isEqualTo(two.id());
            }
        }
    }

    @Test
    void equal_seeds_give_equal_answers_and_lots_differ_without_one() throws Exception {
        Set<RecordId<PoolRecord>> chosen = new HashSet<>();
        for (int i = 0; i < 4; i++) {
            add("p" + i);
        }
        PoolSelection first = hvkit.placement().explain(any());
        assertThat(hvkit.placement().explain(any(), first.seed())).isEqualTo(first);
        for (int i = 0; i < 100; i++) {
            chosen.add(hvkit.placement().choose(any()));
        }
        assertThat(chosen).as("a pool is left out by 100 lots once in 10^12").hasSize(4);
    }

    @Test
    void hosts_are_explained_at_the_same_place() throws Exception {
        PoolRecord pool = add("p");
        EndPointQuery query = EndPointQuery.anyIn(Scope.zone(zone.id().value())).reaching(pool.poolId());
        hvkit.inventory().putHost(host.id(), Standing.MAINTENANCE);

        assertThat(hvkit.placement().explain(query).rejections().get(host.hostId()))
                .extracting(Rejection::reason)
                .contains(Rejection.Reason.NOT_UP);
    }
}
