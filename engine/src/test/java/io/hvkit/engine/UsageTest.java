package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HoldingRecord;
import io.hvkit.catalog.spi.Lease;
import io.hvkit.catalog.spi.NewOperation;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.UsageRecord;
import io.hvkit.catalog.spi.UsageRecord.Kind;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Options;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.offering.DiskOffering;
import io.hvkit.engine.offering.ServiceOffering;
import io.hvkit.engine.offering.SizeRange;
import io.hvkit.engine.placement.PlacementOrder;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.engine.placement.VolumeQuery.Sharing;
import io.hvkit.engine.setting.SettingScope;
import io.hvkit.engine.setting.StandardSettings;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.usage.Drift;
import io.hvkit.engine.usage.Resource;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.engine.volume.VolumeRequest.Protection;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.Limits;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.VolumeLimits;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class UsageTest {

    private static final ByteSize GIB = ByteSize.gibibytes(1);
    private static final Account DEV = Account.of("acme/dev");

    @TempDir
    private Path directory;

    private final InMemoryCatalog catalog = InMemoryCatalog.empty().rerunning();
    private final InMemoryStorageDriver storage = new InMemoryStorageDriver();
    private HvKit hvkit;
    private PoolRecord pool;

    @BeforeEach
    void open() throws Exception {
        MasterKeyFile.create(directory.resolve("kek"));
        hvkit = HvKit.open(HvKitConfig.on(catalog.another())
                .keysFrom(KeyProvider.file(directory.resolve("kek")))
                .driversFrom(HypervisorDrivers.of(List.<HypervisorDriver>of()), StorageDrivers.of(List.of(storage))));
        RecordId<ZoneRecord> zone = hvkit.inventory().addZone("z1").id();
        pool = hvkit.inventory()
                .addPool(
                        new PoolRecord.Reach(zone, Optional.empty(), Optional.empty()),
                        PoolRequest.named("p1", InMemoryStorageDriver.TYPE));
    }

    @AfterEach
    void close() {
        hvkit.close();
        catalog.close();
    }

    private VolumeRequest owned(String name) {
        return VolumeRequest.blank(name, GIB, pool.id()).ownedBy(DEV);
    }

    private static Amounts volumes(long count, long bytes) {
        return Amounts.of(Map.of(Resource.VOLUMES.setting(), count, Resource.PRIMARY_STORAGE.setting(), bytes));
    }

    private List<Kind> kinds() throws InterruptedException {
        return hvkit.usage().events(0, 1000).stream().map(UsageRecord::kind).toList();
    }

    private static void assertFailure(Failure failure, ThrowingCallable call) {
        DriverException thrown = catchThrowableOfType(DriverException.class, call);
        assertThat(thrown).isNotNull();
        assertThat(thrown.failure()).as(thrown.getMessage()).isEqualTo(failure);
    }

    @Test
    void a_volume_counts_for_its_owner_and_all_above_from_its_beginning_to_its_end() throws Exception {
        VolumeRecord volume = hvkit.volumes().create(owned("data")).await();
        Amounts one = volumes(1, volume.size().bytes());
        for (Account account : List.of(Account.ROOT, Account.of("acme"), DEV)) {
            assertThat(hvkit.usage().held(account)).as(account.toString()).isEqualTo(one);
        }
        assertThat(hvkit.usage().held(Account.of("other"))).isEqualTo(Amounts.NONE);

        VolumeRecord grown =
                hvkit.volumes().grow(volume.id(), ByteSize.gibibytes(3)).await();
        assertThat(hvkit.usage().held(DEV)).isEqualTo(volumes(1, grown.size().bytes()));

        assertThat(hvkit.volumes().delete(volume.id()).await()).isEqualTo(volume.id());
        assertThat(hvkit.usage().held(Account.ROOT)).isEqualTo(Amounts.NONE);
        assertThat(kinds()).containsExactly(Kind.RESERVED, Kind.STARTED, Kind.RESERVED, Kind.ENDED);
        assertThat(hvkit.usage().drift()).isEmpty();
    }

    @Test
    void a_volume_of_nobody_counts_for_nobody() throws Exception {
        VolumeRecord volume = hvkit.volumes()
                .create(VolumeRequest.blank("system", GIB, pool.id()))
                .await();

        assertThat(hvkit.usage().holding(volume.id())).isEmpty();
        assertThat(hvkit.usage().held(Account.ROOT)).isEqualTo(Amounts.NONE);
        assertThat(kinds()).isEmpty();
    }

    @Test
    void a_limit_of_any_account_above_keeps_more_from_being_made_and_nothing_is_left() throws Exception {
        // tag::limit[]
        hvkit.usage().limit(Account.of("acme"), Resource.PRIMARY_STORAGE, GIB.bytes());
        VolumeRecord first = hvkit.volumes().create(owned("first")).await();
        // end::limit[]

        assertThatThrownBy(() -> hvkit.volumes().create(owned("second")).await())
                .hasMessageContaining("/acme may hold " + GIB.bytes() + " of primary_storage");
        assertFailure(
                Failure.EXHAUSTED,
                () -> hvkit.volumes().grow(first.id(), ByteSize.gibibytes(2)).await());

        assertThat(hvkit.volumes().named("second")).isEmpty();
        assertThat(hvkit.usage().held(Account.ROOT))
                .isEqualTo(volumes(1, first.size().bytes()));
        hvkit.usage().unlimit(Account.of("acme"), Resource.PRIMARY_STORAGE);
        assertThat(hvkit.usage().limit(Account.of("acme"), Resource.PRIMARY_STORAGE))
                .isEmpty();
        assertThat(hvkit.volumes().create(owned("second")).await().size()).isGreaterThanOrEqualTo(GIB);
    }

    @Test
    void a_limit_of_nothing_is_not_no_limit_and_a_negative_one_is_refused() throws Exception {
        hvkit.usage().limit(Account.ROOT, Resource.VOLUMES, 0);

        assertFailure(
                Failure.EXHAUSTED, () -> hvkit.volumes().create(owned("data")).await());
        assertFailure(Failure.INVALID_REQUEST, () -> hvkit.usage().limit(DEV, Resource.VOLUMES, -1));
    }

    @Test
    void those_who_ask_at_once_do_not_pass_a_limit_together() throws Exception {
        hvkit.usage().limit(Account.of("acme"), Resource.VOLUMES, 3);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        int made = 0;
        try {
            List<Callable<VolumeRecord>> all = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                String name = "v" + i;
                all.add(() -> hvkit.volumes().create(owned(name)).await());
            }
            for (Future<VolumeRecord> each : threads.invokeAll(all)) {
                try {
                    each.get();
                    made++;
                } catch (ExecutionException e) {
                    assertThat(e.getCause()).hasMessageContaining("may hold 3 of volume");
                }
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(made).isEqualTo(3);
        assertThat(hvkit.usage().held(DEV).of("volume")).isEqualTo(3);
        assertThat(hvkit.usage().drift()).isEmpty();
    }

    @Test
    void a_creation_that_fails_gives_back_what_was_kept_for_it() throws Exception {
        PoolRecord bare = hvkit.inventory().addPool(pool.reach(), PoolRequest.named("p2", InMemoryStorageDriver.BARE));
        ByteSize all = ByteSize.gibibytes(1L << 32);

        assertThatThrownBy(() -> hvkit.volumes()
                        .create(VolumeRequest.blank("huge", all, bare.id()).ownedBy(DEV))
                        .await())
                .isInstanceOf(DriverException.class);

        assertThat(hvkit.usage().held(Account.ROOT)).isEqualTo(Amounts.NONE);
        assertThat(hvkit.usage().drift()).isEmpty();
    }

    @Test
    void events_are_numbered_without_gaps_and_those_that_were_dealt_with_can_be_forgotten() throws Exception {
        hvkit.volumes().create(owned("a")).await();
        hvkit.volumes().create(owned("b")).await();

        // tag::events[]
        List<UsageRecord> first = hvkit.usage().events(0, 2);
        List<UsageRecord> rest = hvkit.usage().events(first.get(1).number(), 1000);
        // end::events[]
        assertThat(first).extracting(UsageRecord::number).containsExactly(1L, 2L);
        assertThat(rest).extracting(UsageRecord::number).containsExactly(3L, 4L);
        assertThat(hvkit.usage().forget(3)).isEqualTo(3);
        assertThat(hvkit.usage().forget(3)).isZero();
        hvkit.volumes().create(owned("c")).await();
        assertThat(hvkit.usage().events(0, 1000))
                .extracting(UsageRecord::number)
                .containsExactly(4L, 5L, 6L);
    }

    @Test
    void what_is_counted_wrongly_is_told_before_it_is_put_right_up_to_the_root() throws Exception {
        VolumeRecord volume = hvkit.volumes().create(owned("data")).await();
        Amounts real = volumes(1, volume.size().bytes());
        catalog.inTransaction(transaction -> {
            HoldingRecord holding = transaction.holdings().require(HoldingRecord.idOf("volume:" + volume.id()));
            transaction.holdings().update(holding.counting(volumes(1, 7)));
            return transaction
                    .accounts()
                    .update(transaction.accounts().require(Account.ROOT.id()).recounted(Amounts.NONE));
        });

        List<Drift> told = hvkit.usage().drift();
        assertThat(told)
                .contains(new Drift(DEV, "volume:" + volume.id(), volumes(1, 7), real))
                .anyMatch(drift ->
                        drift.account().equals(Account.ROOT) && drift.thing().equals(Drift.SUM));
        assertThat(hvkit.usage().correct()).isEqualTo(told);
        assertThat(hvkit.usage().held(Account.ROOT)).isEqualTo(real);
        assertThat(hvkit.usage().held(DEV)).isEqualTo(real);
        assertThat(hvkit.usage().correct()).isEmpty();
        assertThat(kinds()).containsExactly(Kind.RESERVED, Kind.STARTED, Kind.CORRECTED);
    }

    @Test
    void a_sum_that_was_wrong_keeps_nothing_from_being_deleted_and_is_never_less_than_nothing() throws Exception {
        VolumeRecord volume = hvkit.volumes().create(owned("data")).await();
        catalog.inTransaction(transaction -> transaction
                .accounts()
                .update(transaction.accounts().require(DEV.id()).recounted(Amounts.NONE)));

        assertThat(hvkit.volumes().delete(volume.id()).await()).isEqualTo(volume.id());

        assertThat(hvkit.usage().held(DEV)).isEqualTo(Amounts.NONE);
    }

    @Test
    void a_thing_that_vanished_without_a_word_is_found_and_counts_no_more() throws Exception {
        VolumeRecord volume = hvkit.volumes().create(owned("data")).await();
        catalog.inTransaction(transaction -> {
            transaction.volumes().delete(transaction.volumes().require(volume.id()));
            return volume;
        });

        assertThat(hvkit.usage().correct()).hasSize(1);
        assertThat(hvkit.usage().holding(volume.id())).isEmpty();
        assertThat(hvkit.usage().held(Account.ROOT)).isEqualTo(Amounts.NONE);
    }

    @Test
    void a_volume_by_an_offering_has_its_terms_or_is_refused_with_them() throws Exception {
        // tag::offering[]
        OfferingRecord gold = hvkit.offerings()
                .add(DiskOffering.named("gold").encrypted().of(new SizeRange(GIB, ByteSize.gibibytes(4))));
        VolumeRecord volume = hvkit.volumes()
                .create(DiskOffering.volumeOf(gold, "data", GIB, pool.id()).ownedBy(DEV))
                .await();
        // end::offering[]

        assertThat(volume.place().encryption()).isPresent();
        assertThat(hvkit.usage().holding(volume.id()).orElseThrow().offering()).contains(gold.id());
        assertThat(hvkit.usage().events(1, 1).get(0).offering()).contains("gold");
        assertFailure(
                Failure.INVALID_REQUEST,
                () -> hvkit.volumes()
                        .create(VolumeRequest.blank("plain", GIB, pool.id()).by(gold.id()))
                        .await());
        assertFailure(
                Failure.INVALID_REQUEST,
                () -> hvkit.volumes()
                        .create(DiskOffering.volumeOf(gold, "large", ByteSize.gibibytes(5), pool.id()))
                        .await());
        assertFailure(Failure.IN_USE, () -> hvkit.offerings().remove(gold.id()));
        hvkit.offerings().put(gold.id(), OfferingRecord.Standing.RETIRED);
        assertFailure(
                Failure.EXHAUSTED,
                () -> hvkit.volumes()
                        .create(DiskOffering.volumeOf(gold, "late", GIB, pool.id()))
                        .await());
        assertThat(hvkit.volumes().delete(volume.id()).await()).isEqualTo(volume.id());
        hvkit.offerings().remove(gold.id());
        assertThat(hvkit.offerings().find(gold.id())).isEmpty();
        assertThat(hvkit.usage().drift()).isEmpty();
    }

    @Test
    void a_pool_that_is_named_has_the_tags_and_the_hosts_that_the_offering_asks_for() throws Exception {
        OfferingRecord tagged =
                hvkit.offerings().add(DiskOffering.named("silver").tagged("ssd"));
        OfferingRecord local = hvkit.offerings().add(DiskOffering.named("near").reachedBy(Sharing.LOCAL));
        OfferingRecord shared = hvkit.offerings().add(DiskOffering.named("far").reachedBy(Sharing.SHARED));

        assertThatThrownBy(() -> hvkit.volumes()
                        .create(DiskOffering.volumeOf(tagged, "data", GIB, pool.id()))
                        .await())
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST))
                .hasMessageContaining(
                        "pools tagged [ssd], and pool p1, in which volume data is to be, is tagged []; choose");
        assertThatThrownBy(() -> hvkit.volumes()
                        .create(DiskOffering.volumeOf(local, "data", GIB, pool.id()))
                        .await())
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST))
                .hasMessageContaining("in pools that one host alone reaches, and pool p1");
        assertThat(hvkit.volumes().named("data")).isEmpty();
        assertThat(hvkit.usage().held(Account.ROOT)).isEqualTo(Amounts.NONE);

        hvkit.settings().set(StandardSettings.STORAGE_TAGS.name(), SettingScope.pool(pool.id()), "ssd, fast");
        assertThat(hvkit.volumes()
                        .create(DiskOffering.volumeOf(tagged, "data", GIB, pool.id()))
                        .await()
                        .name())
                .isEqualTo("data");
        assertThat(hvkit.volumes()
                        .create(DiskOffering.volumeOf(shared, "more", GIB, pool.id()))
                        .await()
                        .name())
                .isEqualTo("more");
    }

    @Test
    void the_pool_of_a_volume_whose_offering_changes_has_the_tags_and_the_hosts_that_the_new_one_asks_for()
            throws Exception {
        OfferingRecord silver = hvkit.offerings().add(DiskOffering.named("silver"));
        OfferingRecord tagged = hvkit.offerings().add(DiskOffering.named("fast").tagged("ssd"));
        OfferingRecord local = hvkit.offerings().add(DiskOffering.named("near").reachedBy(Sharing.LOCAL));
        VolumeRecord volume =
                hvkit.volumes().create(owned("data").by(silver.id())).await();
        List<UsageRecord> events = hvkit.usage().events(0, 1000);

        assertThatThrownBy(() ->
                        hvkit.volumes().changeOffering(volume.id(), tagged.id()).await())
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST))
                .hasMessageContaining(
                        "offering fast has volumes in pools tagged [ssd], and pool p1, in which volume data is, is tagged []; move"
                                + " the volume to such a pool first or choose another offering, or tag the pool");
        assertThatThrownBy(() ->
                        hvkit.volumes().changeOffering(volume.id(), local.id()).await())
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST))
                .hasMessageContaining(
                        "in pools that one host alone reaches, and pool p1, in which volume data is, is not one");
        assertThat(hvkit.usage().events(0, 1000)).isEqualTo(events);
        assertThat(hvkit.volumes().find(volume.id()).orElseThrow().withVersion(0))
                .isEqualTo(volume.withVersion(0));

        hvkit.settings().set(StandardSettings.STORAGE_TAGS.name(), SettingScope.pool(pool.id()), "ssd");
        hvkit.volumes().changeOffering(volume.id(), tagged.id()).await();
        assertThat(hvkit.usage().holding(volume.id()).orElseThrow().offering()).contains(tagged.id());
    }

    @Test
    void offerings_are_listed_by_what_they_encrypt_and_never_change() throws Exception {
        OfferingRecord plain =
                hvkit.offerings().add(DiskOffering.named("silver").tagged("ssd"));
        OfferingRecord gold = hvkit.offerings().add(DiskOffering.named("gold").encrypted());
        OfferingRecord small = hvkit.offerings()
                .add(ServiceOffering.named("small", 2, ByteSize.gibibytes(2))
                        .encryptingRoot()
                        .hostTagged("gpu"));

        assertThat(hvkit.offerings().disks()).containsExactly(gold, plain);
        assertThat(hvkit.offerings().disks(Protection.ENCRYPTED)).containsExactly(gold);
        assertThat(hvkit.offerings().services(Protection.PLAIN)).isEmpty();
        assertThat(hvkit.offerings().services(Protection.ENCRYPTED)).containsExactly(small);
        assertThat(ServiceOffering.in(small).hostTags()).containsExactly("gpu");
        assertThat(DiskOffering.in(plain))
                .isEqualTo(DiskOffering.named("silver").tagged("ssd"));
        assertThat(hvkit.offerings().add(DiskOffering.named("gold").encrypted()))
                .isEqualTo(gold);
        assertFailure(Failure.EXISTS_DIFFERENTLY, () -> hvkit.offerings().add(DiskOffering.named("gold")));
        assertFailure(Failure.INVALID_REQUEST, () -> DiskOffering.in(small));
    }

    @Test
    void a_change_of_offering_is_told_and_one_that_cannot_be_says_why_and_changes_nothing() throws Exception {
        OfferingRecord silver = hvkit.offerings().add(DiskOffering.named("silver"));
        OfferingRecord fast = hvkit.offerings()
                .add(DiskOffering.named("fast").limitedTo(VolumeLimits.none().iops(900)));
        OfferingRecord gold = hvkit.offerings().add(DiskOffering.named("gold").encrypted());
        OfferingRecord large = hvkit.offerings().add(DiskOffering.named("large").of(ByteSize.gibibytes(64)));
        VolumeRecord volume =
                hvkit.volumes().create(owned("data").by(silver.id())).await();
        VolumeRecord secret = hvkit.volumes()
                .create(owned("secret").encrypted().by(gold.id()))
                .await();
        VolumeRecord system = hvkit.volumes()
                .create(VolumeRequest.blank("system", GIB, pool.id()))
                .await();

        hvkit.volumes().changeOffering(volume.id(), fast.id()).await();
        assertThat(hvkit.usage().holding(volume.id()).orElseThrow().offering()).contains(fast.id());
        List<UsageRecord> events = hvkit.usage().events(0, 1000);
        UsageRecord last = events.get(events.size() - 1);
        assertThat(last.kind()).isEqualTo(Kind.CHANGED);
        assertThat(last.offering()).contains("fast");

        assertFailure(
                Failure.UNSUPPORTED,
                () -> hvkit.volumes().changeOffering(secret.id(), silver.id()).await());
        assertFailure(
                Failure.INVALID_REQUEST,
                () -> hvkit.volumes().changeOffering(volume.id(), large.id()).await());
        assertFailure(
                Failure.INVALID_REQUEST,
                () -> hvkit.volumes().changeOffering(system.id(), silver.id()).await());
        hvkit.offerings().put(silver.id(), OfferingRecord.Standing.RETIRED);
        assertFailure(
                Failure.EXHAUSTED,
                () -> hvkit.volumes().changeOffering(volume.id(), silver.id()).await());
        assertThat(hvkit.usage().events(0, 1000)).isEqualTo(events);
    }

    @Test
    void what_an_operation_works_on_is_no_drift() throws Exception {
        VolumeRecord volume = hvkit.volumes().create(owned("data")).await();
        String thing = "volume:" + volume.id();
        Lease lease = catalog.inTransaction(transaction -> {
            HoldingRecord holding = transaction.holdings().require(HoldingRecord.idOf(thing));
            transaction.holdings().update(holding.counting(volumes(1, 2 * GIB.bytes())));
            transaction
                    .accounts()
                    .page(Optional.empty(), 100)
                    .forEach(account -> transaction.accounts().update(account.recounted(volumes(1, 2 * GIB.bytes()))));
            NewOperation growing = new NewOperation("test.grow", "k", Facts.NONE, new TreeSet<>(Set.of(thing)));
            return transaction
                    .journal()
                    .begin(growing, "somebody", Duration.ofHours(1))
                    .lease()
                    .orElseThrow();
        });
        assertThat(hvkit.usage().drift()).isEmpty();

        catalog.inTransaction(transaction -> {
            transaction
                    .journal()
                    .end(
                            lease,
                            OperationRecord.State.SUCCEEDED,
                            new OperationRecord.Outcome(Facts.NONE, Optional.empty(), List.of()));
            return lease;
        });
        assertThat(hvkit.usage().drift()).hasSize(1);
    }

    @Test
    void room_is_kept_for_what_the_pool_will_make_and_not_for_what_is_asked_for() throws Exception {
        ByteSize asked = ByteSize.bytes(512);
        VolumeRecord first = hvkit.volumes()
                .create(VolumeRequest.blank("first", asked, pool.id()))
                .await();
        assertThat(first.size()).isGreaterThan(asked);
        hvkit.usage().limit(DEV, Resource.PRIMARY_STORAGE, first.size().bytes() - 1);

        assertFailure(
                Failure.EXHAUSTED,
                () -> hvkit.volumes()
                        .create(VolumeRequest.blank("second", asked, pool.id()).ownedBy(DEV))
                        .await());
        assertThat(hvkit.usage().held(Account.ROOT)).isEqualTo(Amounts.NONE);
    }

    @Test
    void room_to_grow_is_kept_for_what_the_pool_will_make_and_not_for_what_is_asked_for() throws Exception {
        PoolRecord sealed =
                hvkit.inventory().addPool(pool.reach(), PoolRequest.named("p2", InMemoryStorageDriver.SELF_ENCRYPTING));
        ByteSize step = ByteSize.mebibytes(1);
        ByteSize asked = step.plus(ByteSize.bytes(512));
        for (VolumeRequest request : List.of(
                VolumeRequest.blank("plain", step, pool.id()),
                VolumeRequest.blank("keyed", step, pool.id()).encrypted(),
                VolumeRequest.blank("qcow2", step, pool.id())
                        .as(ImageFormat.QCOW2)
                        .encrypted(),
                VolumeRequest.blank("sealed", step, sealed.id()).encrypted())) {
            hvkit.usage().unlimit(DEV, Resource.PRIMARY_STORAGE);
            VolumeRecord volume = hvkit.volumes().create(request.ownedBy(DEV)).await();
            long held = hvkit.usage().held(DEV).of(Resource.PRIMARY_STORAGE.setting());
            hvkit.usage().limit(DEV, Resource.PRIMARY_STORAGE, held + 512);

            assertFailure(
                    Failure.EXHAUSTED,
                    () -> hvkit.volumes().grow(volume.id(), asked).await());

            assertThat(hvkit.usage().held(DEV).of(Resource.PRIMARY_STORAGE.setting()))
                    .isEqualTo(held);
            assertThat(hvkit.volumes().find(volume.id()).orElseThrow().size()).isEqualTo(step);
            try (StoragePool open = opened(volume)) {
                assertThat(open.find(new VolumeId(volume.place()
                                        .externalId()
                                        .orElseThrow()
                                        .value()))
                                .orElseThrow()
                                .size())
                        .isEqualTo(step);
            }
            hvkit.usage().limit(DEV, Resource.PRIMARY_STORAGE, held + step.bytes());
            VolumeRecord grown = hvkit.volumes().grow(volume.id(), asked).await();
            assertThat(grown.size()).isEqualTo(ByteSize.mebibytes(2));
            assertThat(hvkit.usage().held(DEV).of(Resource.PRIMARY_STORAGE.setting()))
                    .isEqualTo(held + step.bytes());
        }
        assertThat(hvkit.usage().drift()).isEmpty();
    }

    private StoragePool opened(VolumeRecord volume) throws InterruptedException {
        PoolRecord at = catalog.inTransaction(
                transaction -> transaction.pools().require(volume.place().pool()));
        StorageDrivers drivers = StorageDrivers.of(List.of(storage));
        StoragePoolType type = drivers.types().resolve(at.type()).orThrow();
        return drivers.forType(type).open(at.poolId(), type, Options.parse(List.of(), Map.of()));
    }

    /** Storage with something that happens each time after limits were set. */
    private static StorageDriver afterLimits(StorageDriver real, Runnable happening) {
        return relayed(
                StorageDriver.class,
                real,
                "open",
                pool -> relayed(
                        StoragePool.class,
                        pool,
                        "limits",
                        facet -> ((Optional<?>) facet)
                                .map(limits -> relayed(Limits.class, limits, "set", holds -> {
                                    happening.run();
                                    return holds;
                                }))));
    }

    private static <T> T relayed(Class<T> kind, Object target, String call, UnaryOperator<Object> change) {
        return kind.cast(Proxy.newProxyInstance(
                kind.getClassLoader(), new Class<?>[] {kind}, (proxy, method, arguments) -> {
                    try {
                        Object result = method.invoke(target, arguments);
                        return method.getName().equals(call) ? change.apply(result) : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    @Test
    void a_change_of_offering_that_is_stopped_after_the_limits_were_set_gives_the_former_ones_back() throws Exception {
        InMemoryStorageDriver storage = new InMemoryStorageDriver();
        Set<RecordId<OfferingRecord>> toVanish = new HashSet<>();
        Runnable vanishing = () -> {
            try (Catalog other = catalog.another()) {
                Object unused = other.inTransaction(transaction -> {
                    toVanish.forEach(id -> transaction
                            .offerings()
                            .delete(transaction.offerings().require(id)));
                    return toVanish;
                });
                toVanish.clear();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
        try (HvKit engine = HvKit.open(HvKitConfig.on(catalog.another())
                .keysFrom(KeyProvider.file(directory.resolve("kek")))
                .driversFrom(
                        HypervisorDrivers.of(List.<HypervisorDriver>of()),
                        StorageDrivers.of(List.of(afterLimits(storage, vanishing)))))) {
            OfferingRecord slow = engine.offerings()
                    .add(DiskOffering.named("slow")
                            .limitedTo(VolumeLimits.none().iops(100)));
            OfferingRecord fast = engine.offerings()
                    .add(DiskOffering.named("fast")
                            .limitedTo(VolumeLimits.none().iops(900)));
            VolumeRecord volume = engine.volumes()
                    .create(DiskOffering.in(slow)
                            .volume("data", GIB, pool.id())
                            .ownedBy(DEV)
                            .by(slow.id()))
                    .await();
            toVanish.add(fast.id());

            assertFailure(
                    Failure.NOT_FOUND,
                    () -> engine.volumes()
                            .changeOffering(volume.id(), fast.id())
                            .await());

            assertThat(toVanish).as("the limits were set").isEmpty();
            try (StoragePool open =
                    storage.open(pool.poolId(), InMemoryStorageDriver.TYPE, Options.parse(List.of(), Map.of()))) {
                assertThat(open.limits()
                                .orElseThrow()
                                .of(MoveWorld.external(volume))
                                .iops())
                        .hasValue(100);
            }
            assertThat(engine.usage().holding(volume.id()).orElseThrow().offering())
                    .contains(slow.id());
        }
    }

    @Test
    void the_same_offering_once_more_is_no_change() throws Exception {
        OfferingRecord silver = hvkit.offerings().add(DiskOffering.named("silver"));
        VolumeRecord volume =
                hvkit.volumes().create(owned("data").by(silver.id())).await();

        hvkit.volumes().changeOffering(volume.id(), silver.id()).await();

        assertThat(kinds()).containsExactly(Kind.RESERVED, Kind.STARTED);
    }

    @Test
    void volumes_are_dispersed_by_who_holds_them() throws Exception {
        PoolRecord other = MoveWorld.pool(hvkit, pool.reach().zone(), "p2", InMemoryStorageDriver.TYPE);
        hvkit.settings()
                .set(StandardSettings.ALLOCATION_ALGORITHM, SettingScope.global(), PlacementOrder.USER_DISPERSING);
        hvkit.volumes().create(owned("data")).await();
        hvkit.volumes()
                .create(VolumeRequest.blank("a", GIB, other.id()).ownedBy(Account.of("other")))
                .await();
        VolumeQuery query = VolumeQuery.of(GIB, pool.reach());

        for (long seed = 0; seed < 8; seed++) {
            assertThat(hvkit.placement()
                            .explain(query.forOwner(DEV.path()), seed)
                            .chosen())
                    .contains(other.id());
            assertThat(hvkit.placement().explain(query.forOwner("other"), seed).chosen())
                    .contains(pool.id());
        }
    }
}
