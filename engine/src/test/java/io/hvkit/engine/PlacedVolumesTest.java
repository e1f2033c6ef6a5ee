package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.VolumeRecord.Second;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.offering.DiskOffering;
import io.hvkit.engine.placement.PlacedVolumeRequest;
import io.hvkit.engine.placement.PlacementNotes;
import io.hvkit.engine.placement.PlacementPolicy;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.engine.placement.VolumeQuery.Sharing;
import io.hvkit.engine.setting.SettingScope;
import io.hvkit.engine.setting.StandardSettings;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.usage.Resource;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A volume whose pool is chosen has its room from the moment it is chosen, however many engines choose at once. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PlacedVolumesTest {

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final ByteSize HALF = ByteSize.gibibytes(50);

    @TempDir
    private Path folder;

    private final InMemoryCatalog catalog = InMemoryCatalog.empty();
    private final ScriptedPools pools = new ScriptedPools();
    private HvKit one;
    private HvKit other;
    private ZoneRecord zone;

    @BeforeEach
    void open() throws Exception {
        MasterKeyFile.create(folder.resolve("kek"));
        one = engine();
        other = engine();
        zone = one.inventory().addZone("z1");
        one.inventory()
                .addHost(
                        one.inventory()
                                .addCluster(zone.id(), "c1", InMemoryHypervisorDriver.TYPE)
                                .id(),
                        HostRequest.named("h1"));
    }

    @AfterEach
    void close() {
        one.close();
        other.close();
    }

    private HvKit engine() {
        return HvKit.open(HvKitConfig.on(catalog.another())
                .keysFrom(KeyProvider.file(folder.resolve("kek")))
                .driversFrom(
                        HypervisorDrivers.of(List.of(new InMemoryHypervisorDriver())),
                        StorageDrivers.of(List.of(pools)))
                .placingBy(PlacementPolicy.usual(), PlacementNotes.NONE));
    }

    /** May promise 85 GiB of its 100. */
    private PoolRecord pool(String name) throws InterruptedException {
        PoolRecord added = one.inventory()
                .addPool(
                        Reach.of(zone),
                        PoolRequest.named(name, ScriptedPools.THIN).with(ScriptedPools.NAME, name));
        pools.script(name).counting(100);
        return added;
    }

    private VolumeQuery query(ByteSize size) {
        return VolumeQuery.of(size, Reach.of(zone));
    }

    private PlacedVolumeRequest half(String name) {
        return PlacedVolumeRequest.named(name, query(HALF)).ownedBy(Counted.OWNER);
    }

    private List<VolumeRecord> volumes() throws InterruptedException {
        return one.volumes().page(Optional.empty(), 100);
    }

    /** Does something while a pool is asked for the second time, which is for its room, once it was chosen. */
    private static Runnable askedAgain(Callable<?> then) {
        AtomicInteger asked = new AtomicInteger();
        return () -> {
            if (asked.incrementAndGet() == 2) {
                try {
                    then.call();
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            }
        };
    }

    /** The first looks of two engines wait for each other: each sees how full the pool is before the other one's volume is recorded. */
    private static Runnable meeting(int looks) {
        CyclicBarrier both = new CyclicBarrier(2);
        AtomicInteger asked = new AtomicInteger();
        return () -> {
            if (asked.incrementAndGet() <= looks) {
                try {
                    both.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                    throw new AssertionError("they did not meet", e);
                }
            }
        };
    }

    @Test
    void of_two_engines_that_see_the_last_room_at_once_one_gets_it_and_the_other_is_refused() throws Exception {
        PoolRecord pool = pool("p1");
        pools.script("p1").telling(meeting(4));

        List<JobEnd<VolumeRecord>> ends =
                ends(one.volumes().create(half("mine")), other.volumes().create(half("theirs")));

        assertThat(ends).filteredOn(end -> end instanceof JobEnd.Done).hasSize(1);
        assertThat(ends)
                .filteredOn(end -> end instanceof JobEnd.Stopped)
                .singleElement()
                .satisfies(end -> {
                    DriverException refused = catchThrowableOfType(DriverException.class, end::orThrow);
                    assertThat(refused.failure()).isEqualTo(Failure.EXHAUSTED);
                    // The other volume counts twice if it is made between two looks, at the catalog and at the pool.
                    assertThat(refused).hasMessageMatching("(?s).*p1: has (35 GiB|0 B) left of 100 GiB.*");
                });
        assertThat(volumes()).singleElement().satisfies(made -> {
            assertThat(made.state()).isEqualTo(VolumeRecord.State.READY);
            assertThat(made.size()).isEqualTo(HALF);
            assertThat(made.place().pool()).isEqualTo(pool.id());
        });
        assertThat(one.usage().held(Counted.OWNER))
                .isEqualTo(Amounts.of(
                        Map.of(Resource.VOLUMES.setting(), 1L, Resource.PRIMARY_STORAGE.setting(), HALF.bytes())));
        Counted.check(catalog, "one was refused");
    }

    @Test
    void who_finds_the_room_taken_gets_another_pool() throws Exception {
        pool("p1");
        pools.script("p1").telling(meeting(4));
        PoolRecord spare = pool("p2");
        PlacedVolumeRequest first = PlacedVolumeRequest.named("mine", preferring("p1"));
        PlacedVolumeRequest second = PlacedVolumeRequest.named("theirs", preferring("p1"));

        List<JobEnd<VolumeRecord>> ends =
                ends(one.volumes().create(first), other.volumes().create(second));

        assertThat(ends).allMatch(end -> end instanceof JobEnd.Done);
        assertThat(volumes())
                .extracting(made -> made.place().pool())
                .hasSize(2)
                .doesNotHaveDuplicates()
                .contains(spare.id());
    }

    private VolumeQuery preferring(String name) throws InterruptedException {
        PoolRecord preferred = one.inventory().pools().stream()
                .filter(pool -> pool.name().equals(name))
                .findAny()
                .orElseThrow();
        return query(HALF).preferring(preferred.id());
    }

    @Test
    void a_volume_that_is_recorded_in_a_pool_by_its_name_after_that_was_asked_counts() throws Exception {
        PoolRecord pool = pool("p1");
        pools.script("p1")
                .telling(askedAgain(() -> other.volumes()
                        .create(VolumeRequest.blank("named", HALF, pool.id()))
                        .await()));

        DriverException refused = catchThrowableOfType(
                DriverException.class,
                () -> one.volumes().create(half("placed")).await());

        assertThat(refused.failure()).isEqualTo(Failure.EXHAUSTED);
        assertThat(volumes()).extracting(VolumeRecord::name).containsExactly("named");
        assertThat(one.usage().held(Counted.OWNER)).isEqualTo(Amounts.NONE);
    }

    @Test
    void another_copy_of_a_volume_that_is_on_its_way_to_a_pool_since_that_was_asked_counts() throws Exception {
        PoolRecord pool = pool("p1");
        PoolRecord source = pool("p2");
        VolumeRecord moving = other.volumes()
                .create(VolumeRequest.blank("moving", HALF, source.id()))
                .await();
        Second incoming = new Second(
                Second.Role.INCOMING, VolumeRecord.Place.first(pool.id(), ImageFormat.RAW), Optional.empty());
        AtomicInteger asked = new AtomicInteger();
        pools.script("p1").telling(() -> {
            if (asked.incrementAndGet() == 2) {
                try {
                    VolumeRecord unused = catalog.inTransaction(transaction -> transaction
                            .volumes()
                            .update(moving.in(VolumeRecord.State.MOVING).beside(Optional.of(incoming))));
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        });

        DriverException refused = catchThrowableOfType(
                DriverException.class,
                () -> one.volumes()
                        .create(PlacedVolumeRequest.named("placed", query(HALF).excluding(source.id())))
                        .await());

        assertThat(refused.failure()).isEqualTo(Failure.EXHAUSTED);
        assertThat(asked).as("it was asked, then for its room, then again").hasValueGreaterThanOrEqualTo(3);
        assertThat(volumes()).extracting(VolumeRecord::name).containsExactly("moving");
    }

    @Test
    void a_pool_that_takes_nothing_more_since_it_was_asked_gets_nothing() throws Exception {
        PoolRecord pool = pool("p1");
        PoolRecord spare = pool("p2");
        AtomicInteger asked = new AtomicInteger();
        pools.script("p1").telling(() -> {
            if (asked.incrementAndGet() == 2) {
                try {
                    other.inventory().putPool(pool.id(), Standing.MAINTENANCE);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        });

        VolumeRecord made = one.volumes()
                .create(PlacedVolumeRequest.named("data", preferring("p1")))
                .await();

        assertThat(made.place().pool()).isEqualTo(spare.id());
    }

    @Test
    void however_many_choose_at_once_no_pool_promises_more_than_it_may_and_in_the_end_all_room_is_used()
            throws Exception {
        ByteSize size = ByteSize.gibibytes(4);
        for (String name : List.of("p1", "p2")) {
            PoolRecord unused = pool(name);
            pools.script(name).counting(50);
        }
        List<Job<VolumeRecord>> jobs = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            jobs.add(one.volumes().create(PlacedVolumeRequest.named("one-" + i, query(size))));
            jobs.add(other.volumes().create(PlacedVolumeRequest.named("other-" + i, query(size))));
        }
        for (Job<VolumeRecord> job : jobs) {
            JobEnd<VolumeRecord> end = job.await(PATIENCE);
            assertThat(end).isInstanceOfAny(JobEnd.Done.class, JobEnd.Stopped.class);
        }
        assertThat(counts().values()).as("of 42.5 GiB").allMatch(count -> count <= 10);

        for (int i = 0; counts().values().stream().mapToInt(Integer::intValue).sum() < 20; i++) {
            one.volumes()
                    .create(PlacedVolumeRequest.named("late-" + i, query(size)))
                    .await();
        }
        assertThat(counts().values()).containsExactly(10, 10);
        DriverException full = catchThrowableOfType(
                DriverException.class,
                () -> one.volumes()
                        .create(PlacedVolumeRequest.named("too-late", query(size)))
                        .await());
        assertThat(full.failure()).isEqualTo(Failure.EXHAUSTED);
    }

    private Map<String, Integer> counts() throws InterruptedException {
        Map<String, Integer> counts = new HashMap<>();
        volumes().forEach(volume -> counts.merge(volume.place().pool().value(), 1, Integer::sum));
        return counts;
    }

    /** Until it is made, a volume counts as what its pool would take for it. */
    @Test
    void room_is_kept_for_what_the_pool_takes_and_not_for_what_was_asked_for() throws Exception {
        pool("p1");
        pools.script("p1").inStepsOf(ByteSize.gibibytes(40)).telling(meeting(4));

        List<JobEnd<VolumeRecord>> ends = ends(
                one.volumes().create(PlacedVolumeRequest.named("mine", query(ByteSize.gibibytes(41)))),
                other.volumes().create(PlacedVolumeRequest.named("theirs", query(ByteSize.gibibytes(1)))));

        assertThat(ends).filteredOn(end -> end instanceof JobEnd.Done).hasSize(1);
    }

    @Test
    void what_was_made_meanwhile_takes_what_its_pool_says_and_not_what_was_asked_for() throws Exception {
        PoolRecord pool = pool("p1");
        pools.script("p1")
                .inStepsOf(ByteSize.gibibytes(40))
                .telling(askedAgain(() -> other.volumes()
                        .create(VolumeRequest.blank("theirs", ByteSize.gibibytes(1), pool.id()))
                        .await()));

        DriverException refused = catchThrowableOfType(
                DriverException.class,
                () -> one.volumes()
                        .create(PlacedVolumeRequest.named("mine", query(ByteSize.gibibytes(41))))
                        .await());

        assertThat(refused.failure()).isEqualTo(Failure.EXHAUSTED);
        assertThat(volumes()).extracting(VolumeRecord::name).containsExactly("theirs");
    }

    @Test
    void a_volume_of_an_offering_goes_where_the_offering_has_volumes() throws Exception {
        pool("p1");
        PoolRecord fast = pool("p2");
        one.settings().set(StandardSettings.STORAGE_TAGS.name(), SettingScope.pool(fast.id()), "ssd");
        OfferingRecord gold = one.offerings()
                .add(DiskOffering.named("gold")
                        .encrypted()
                        .reachedBy(Sharing.SHARED)
                        .tagged("ssd"));
        PlacedVolumeRequest request =
                DiskOffering.placedVolumeOf(gold, "data", HALF, Reach.of(zone)).ownedBy(Counted.OWNER);

        Job<VolumeRecord> job = one.volumes().under("data").create(request);
        VolumeRecord made = job.await();

        assertThat(made.place().pool()).isEqualTo(fast.id());
        assertThat(made.key()).isPresent();
        assertThat(made.place().encryption()).isPresent();
        assertThat(one.usage().holding(made.id()).orElseThrow().offering()).contains(gold.id());
        assertThat(other.volumes().under("data").create(request).id()).isEqualTo(job.id());
        DriverException differs = catchThrowableOfType(
                DriverException.class,
                () -> other.volumes().under("data").create(request.ownedBy(Account.of("acme/else"))));
        assertThat(differs.failure()).isEqualTo(Failure.EXISTS_DIFFERENTLY);
        DriverException refused = catchThrowableOfType(
                DriverException.class,
                () -> one.volumes()
                        .create(PlacedVolumeRequest.named("plain", query(HALF)).by(gold.id()))
                        .await());
        assertThat(refused.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(volumes()).extracting(VolumeRecord::name).containsExactly("data");
    }

    @Test
    void a_name_that_is_taken_and_a_zone_without_a_pool_are_refused_and_leave_nothing() throws Exception {
        DriverException nowhere = catchThrowableOfType(
                DriverException.class, () -> one.volumes().create(half("data")).await());
        assertThat(nowhere.failure()).isEqualTo(Failure.EXHAUSTED);
        pool("p1");
        one.volumes()
                .create(PlacedVolumeRequest.named("data", query(ByteSize.gibibytes(1))))
                .await();

        DriverException taken = catchThrowableOfType(
                DriverException.class, () -> one.volumes().create(half("data")).await());

        assertThat(taken.failure()).isEqualTo(Failure.EXISTS_DIFFERENTLY);
        assertThat(volumes()).hasSize(1);
        assertThat(one.usage().held(Counted.OWNER)).isEqualTo(Amounts.NONE);
        assertThat(one.jobs().open()).isEmpty();
    }

    @SafeVarargs
    private static List<JobEnd<VolumeRecord>> ends(Job<VolumeRecord>... jobs) throws InterruptedException {
        List<JobEnd<VolumeRecord>> ends = new ArrayList<>();
        for (Job<VolumeRecord> job : jobs) {
            ends.add(job.await(PATIENCE));
        }
        return ends;
    }
}
