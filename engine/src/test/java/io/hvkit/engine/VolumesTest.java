package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class VolumesTest {

    private static final ByteSize SIZE = ByteSize.gibibytes(1);
    private static final MachineId WEB = new MachineId("web-01");

    @TempDir
    private Path directory;

    private final InMemoryCatalog catalog = InMemoryCatalog.empty().rerunning();
    private final InMemoryStorageDriver storage = new InMemoryStorageDriver();
    private HvKit hvkit;
    private PoolRecord pool;
    private HostRecord host;

    @BeforeEach
    void open() throws Exception {
        MasterKeyFile.create(directory.resolve("kek"));
        hvkit = HvKit.open(HvKitConfig.on(catalog.another())
                .keysFrom(KeyProvider.file(directory.resolve("kek")))
                .driversFrom(
                        HypervisorDrivers.of(List.of(new InMemoryHypervisorDriver())),
                        StorageDrivers.of(List.of(storage))));
        Inventory inventory = hvkit.inventory();
        RecordId<ZoneRecord> zone = inventory.addZone("z1").id();
        RecordId<ClusterRecord> cluster =
                inventory.addCluster(zone, "c1", InMemoryHypervisorDriver.TYPE).id();
        host = inventory.addHost(cluster, HostRequest.named("h1"));
        pool = inventory.addPool(
                new PoolRecord.Reach(zone, Optional.empty(), Optional.empty()),
                PoolRequest.named("p1", InMemoryStorageDriver.TYPE));
    }

    @AfterEach
    void close() {
        hvkit.close();
        catalog.close();
    }

    @Test
    void a_plain_volume_is_made_in_its_pool_and_has_no_key() throws Exception {
        VolumeRecord volume = hvkit.volumes().create(plain("root")).await();

        assertThat(volume.state()).isEqualTo(VolumeRecord.State.READY);
        assertThat(volume.size()).isGreaterThanOrEqualTo(SIZE);
        assertThat(volume.key()).isEmpty();
        assertThat(volume.place().encryption()).isEmpty();
        assertThat(inPool(volume)).isPresent();
        assertThat(hvkit.volumes().named("root")).contains(volume);
    }

    @Test
    void an_encrypted_volume_has_a_key_of_its_own_and_an_attestation() throws Exception {
        VolumeRecord one = hvkit.volumes().create(plain("root").encrypted()).await();
        VolumeRecord other = hvkit.volumes().create(plain("data").encrypted()).await();

        assertThat(one.place().format()).isEqualTo(ImageFormat.LUKS);
        assertThat(one.place().encryption()).isPresent();
        assertThat(inPool(one).orElseThrow().attestation())
                .contains(one.place().encryption().orElseThrow().attestation());
        assertThat(one.key()).isPresent().isNotEqualTo(other.key());
        assertThat(keysIn(KeyRecord.State.ACTIVE)).hasSize(2);
    }

    @Test
    void storage_that_encrypts_by_itself_is_given_no_key() throws Exception {
        PoolRecord own =
                hvkit.inventory().addPool(pool.reach(), PoolRequest.named("p2", InMemoryStorageDriver.SELF_ENCRYPTING));

        VolumeRecord volume = hvkit.volumes()
                .create(VolumeRequest.blank("root", SIZE, own.id()).encrypted())
                .await();

        assertThat(volume.key()).isEmpty();
        assertThat(volume.place().encryption().orElseThrow().format()).isEqualTo("storage");
    }

    @Test
    void a_pool_that_encrypts_nothing_gets_no_encrypted_volume_and_nothing_is_left() throws Exception {
        PoolRecord bare = hvkit.inventory().addPool(pool.reach(), PoolRequest.named("p3", InMemoryStorageDriver.BARE));

        assertFailure(
                Failure.UNSUPPORTED,
                () -> hvkit.volumes()
                        .create(VolumeRequest.blank("root", SIZE, bare.id()).encrypted())
                        .await());

        assertThat(hvkit.volumes().named("root")).isEmpty();
        assertThat(keysIn(KeyRecord.State.ACTIVE)).isEmpty();
    }

    @Test
    void a_name_that_is_taken_is_refused_and_what_was_made_for_it_is_taken_back() throws Exception {
        VolumeRecord first = hvkit.volumes().create(plain("root")).await();

        assertFailure(
                Failure.EXISTS_DIFFERENTLY,
                () -> hvkit.volumes().create(plain("root").encrypted()).await());

        assertThat(hvkit.volumes().page(Optional.empty(), 10)).containsExactly(first);
        assertThat(keysIn(KeyRecord.State.ACTIVE)).isEmpty();
        assertThat(keysIn(KeyRecord.State.RETIRED)).hasSize(1);
    }

    @Test
    void the_same_request_under_the_same_key_makes_one_volume_and_another_request_is_refused() throws Exception {
        VolumeRecord first = hvkit.volumes().under("k1").create(plain("root")).await();
        VolumeRecord again = hvkit.volumes().under("k1").create(plain("root")).await();

        assertThat(again).isEqualTo(first);
        assertFailure(
                Failure.EXISTS_DIFFERENTLY, () -> hvkit.volumes().under("k1").create(plain("data")));
    }

    @Test
    void a_pool_in_maintenance_takes_nothing_new() throws Exception {
        hvkit.inventory().putPool(pool.id(), Standing.MAINTENANCE);

        assertFailure(
                Failure.EXHAUSTED, () -> hvkit.volumes().create(plain("root")).await());
    }

    @Test
    void a_volume_whose_pool_lost_the_answer_is_there_once_and_counts() throws Exception {
        hvkit.volumes()
                .create(plain("first"))
                .await(); // the pool is open now, so that the next call is the one that makes
        storage.loseNextReply();

        Job<VolumeRecord> job = hvkit.volumes().create(plain("root"));
        VolumeRecord volume = job.await();

        assertThat(inPool(volume)).isPresent();
        assertThat(openPool().list()).hasSize(2);
    }

    @Test
    void a_deleted_volume_is_gone_everywhere_and_its_key_is_kept_for_a_while() throws Exception {
        VolumeRecord volume = hvkit.volumes().create(plain("root").encrypted()).await();

        hvkit.volumes().delete(volume.id()).await();
        hvkit.volumes().delete(volume.id()).await();

        assertThat(hvkit.volumes().find(volume.id())).isEmpty();
        assertThat(inPool(volume)).isEmpty();
        assertThat(keysIn(KeyRecord.State.RETIRED)).containsExactly(volume.key().orElseThrow());
        assertThat(hvkit.keys().destroyUnneeded(Keys.SHORTEST_GRACE)).isEmpty();
    }

    @Test
    void what_a_failed_creation_left_behind_can_be_deleted() throws Exception {
        VolumeRecord done = hvkit.volumes().create(plain("root")).await();
        VolumeRecord left = catalog.inTransaction(transaction -> {
            VolumeRecord.Place place =
                    VolumeRecord.Place.first(pool.id(), done.place().format());
            return transaction.volumes().update(done.at(place).in(VolumeRecord.State.CREATING));
        });
        assertThat(openPool().list()).hasSize(1);

        hvkit.volumes().delete(left.id()).await();

        assertThat(openPool().list()).isEmpty();
        assertThat(hvkit.volumes().find(left.id())).isEmpty();
    }

    @Test
    void a_volume_grows_and_is_never_made_smaller() throws Exception {
        VolumeRecord volume = hvkit.volumes().create(plain("root").encrypted()).await();

        VolumeRecord grown =
                hvkit.volumes().grow(volume.id(), ByteSize.gibibytes(16)).await();

        assertThat(grown.size()).isGreaterThanOrEqualTo(ByteSize.gibibytes(16));
        assertThat(inPool(grown).orElseThrow().size()).isEqualTo(grown.size());
        assertFailure(
                Failure.INVALID_REQUEST,
                () -> hvkit.volumes().grow(volume.id(), ByteSize.gibibytes(1)).await());
    }

    @Test
    void a_volume_that_grew_unheard_is_recorded_and_counted_as_large_as_it_is() throws Exception {
        Account owner = Account.of("acme");
        VolumeRecord volume =
                hvkit.volumes().create(plain("root").ownedBy(owner)).await();
        storage.loseNextReply();

        assertFailure(
                Failure.UNREACHABLE,
                () -> hvkit.volumes().grow(volume.id(), ByteSize.gibibytes(16)).await());

        VolumeRecord known = hvkit.volumes().find(volume.id()).orElseThrow();
        assertThat(known.size()).isEqualTo(ByteSize.gibibytes(16));
        assertThat(inPool(known).orElseThrow().size()).isEqualTo(known.size());
        assertThat(hvkit.usage().held(owner).of("primary_storage"))
                .isEqualTo(known.size().bytes());
        assertThat(hvkit.usage().drift()).isEmpty();
    }

    @Test
    void an_attached_volume_belongs_to_one_machine_and_is_not_deleted() throws Exception {
        VolumeRecord volume = hvkit.volumes().create(plain("root")).await();

        Object place = hvkit.volumes().attach(volume.id(), host.id(), WEB).await();

        assertThat(hvkit.volumes().attach(volume.id(), host.id(), WEB).await()).isEqualTo(place);
        assertThat(usesOf(volume))
                .containsExactly(VolumeUse.by(new HostId(host.id().value())));
        assertThat(assertFailure(
                        Failure.IN_USE,
                        () -> hvkit.volumes()
                                .attach(volume.id(), host.id(), new MachineId("db-01"))
                                .await()))
                .hasMessageContaining("web-01");
        assertThat(assertFailure(
                        Failure.IN_USE,
                        () -> hvkit.volumes().delete(volume.id()).await()))
                .hasMessageContaining("web-01");
        assertThat(hvkit.volumes().find(volume.id()).orElseThrow().state()).isEqualTo(VolumeRecord.State.READY);
    }

    @Test
    void a_detached_volume_is_free_and_can_go() throws Exception {
        VolumeRecord volume = hvkit.volumes().create(plain("root")).await();
        hvkit.volumes().attach(volume.id(), host.id(), WEB).await();

        hvkit.volumes().detach(volume.id(), host.id(), WEB).await();
        hvkit.volumes().detach(volume.id(), host.id(), WEB).await();

        assertThat(usesOf(volume)).isEmpty();
        hvkit.volumes().delete(volume.id()).await();
        assertThat(inPool(volume)).isEmpty();
    }

    @Test
    void without_keys_nothing_is_encrypted_and_the_way_out_is_named() throws Exception {
        try (HvKit keyless = HvKit.open(HvKitConfig.on(catalog.another())
                .driversFrom(HypervisorDrivers.of(List.of()), StorageDrivers.of(List.of(storage))))) {
            assertThat(assertFailure(
                            Failure.UNSUPPORTED,
                            () -> keyless.volumes()
                                    .create(plain("root").encrypted())
                                    .await()))
                    .hasMessageContaining("keysFrom");
        }
        assertThat(openPool().list()).isEmpty();
    }

    @Test
    void a_request_that_makes_no_sense_is_refused_before_anything() {
        assertThatThrownBy(() -> VolumeRequest.blank("root", ByteSize.bytes(513), pool.id()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("512");
        assertThatThrownBy(() -> VolumeRequest.blank(" ", SIZE, pool.id()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void no_key_is_in_the_catalog() throws Exception {
        VolumeRecord volume = hvkit.volumes().create(plain("root").encrypted()).await();

        KeyRecord key = catalog.inTransaction(
                transaction -> transaction.keys().require(volume.key().orElseThrow()));
        try (Secret secret = KeyProvider.file(directory.resolve("kek"))
                .unwrap(new KeyProvider.Wrapping(key.masterKey(), key.wrapped()), "key/" + key.id())) {
            String text =
                    secret.<String, RuntimeException>withArray(bytes -> new String(bytes, StandardCharsets.ISO_8859_1));
            assertThat(text).hasSize(43);
            assertThat(hvkit.jobs().open()).isEmpty();
            assertThat(catalog.inTransaction(transaction ->
                                    transaction.journal().findBy("none").toString())
                            + new String(key.wrapped().bytes(), StandardCharsets.ISO_8859_1))
                    .doesNotContain(text);
        }
    }

    private VolumeRequest plain(String name) {
        return VolumeRequest.blank(name, SIZE, pool.id());
    }

    private StoragePool openPool() throws InterruptedException {
        return StorageDrivers.of(List.of(storage))
                .forType(InMemoryStorageDriver.TYPE)
                .open(pool.poolId(), InMemoryStorageDriver.TYPE, Options.parse(List.of(), Map.of()));
    }

    private Optional<Volume> inPool(VolumeRecord volume) throws InterruptedException {
        return openPool()
                .find(new VolumeId(volume.place().externalId().orElseThrow().value()));
    }

    private Set<VolumeUse> usesOf(VolumeRecord volume) throws InterruptedException {
        return openPool()
                .uses(new VolumeId(volume.place().externalId().orElseThrow().value()));
    }

    private List<RecordId<KeyRecord>> keysIn(KeyRecord.State state) throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.keys().where(KeyRecord.STATE, state).stream()
                .map(KeyRecord::id)
                .toList());
    }

    private static DriverException assertFailure(Failure failure, ThrowingCallable call) {
        DriverException e = catchThrowableOfType(DriverException.class, call);
        assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure);
        return e;
    }
}
