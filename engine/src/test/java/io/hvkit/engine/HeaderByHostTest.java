package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.LuksVolumes;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeLimits;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encrypted volumes of pools that know blocks alone: a host writes the header. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HeaderByHostTest {

    private static final ByteSize SIZE = ByteSize.gibibytes(1);
    private static final byte CONTENT = 91;

    @TempDir
    private Path directory;

    private final InMemoryCatalog catalog = InMemoryCatalog.empty();
    private final InMemoryStorageDriver storage = new InMemoryStorageDriver();
    private final InMemoryHypervisorDriver hypervisors = new InMemoryHypervisorDriver();
    private Path keys;
    private HvKit hvkit;
    private HostRecord host;
    private PoolRecord pool;
    private PoolRecord other;

    @BeforeEach
    void make() throws Exception {
        keys = directory.resolve("kek");
        MasterKeyFile.create(keys);
        hvkit = engine(call -> {});
        RecordId<ZoneRecord> zone = hvkit.inventory().addZone("z1").id();
        host = hvkit.inventory()
                .addHost(
                        hvkit.inventory()
                                .addCluster(zone, "c1", InMemoryHypervisorDriver.TYPE)
                                .id(),
                        HostRequest.named("h1"));
        pool = MoveWorld.pool(hvkit, zone, "p1", InMemoryStorageDriver.BLOCKS);
        other = MoveWorld.pool(hvkit, zone, "p2", InMemoryStorageDriver.BLOCKS);
    }

    private HvKit engine(RelayedEndPoint.Moment moment) {
        return HvKit.open(config().endPointsFrom(known ->
                Optional.of(RelayedEndPoint.of(storage.endPoint(known.hostId()), moment, call -> {}))));
    }

    private HvKitConfig config() {
        return HvKitConfig.on(catalog.another())
                .keysFrom(KeyProvider.file(keys))
                .driversFrom(HypervisorDrivers.of(List.of(hypervisors)), StorageDrivers.of(List.of(storage)));
    }

    @AfterEach
    void close() {
        hvkit.close();
    }

    private VolumeRequest request() {
        return VolumeRequest.blank("data", SIZE, pool.id()).encrypted();
    }

    private StoragePool open(PoolRecord record) throws InterruptedException {
        return StorageDrivers.of(List.of(storage))
                .forType(InMemoryStorageDriver.BLOCKS)
                .open(record.poolId(), InMemoryStorageDriver.BLOCKS, Options.parse(List.of(), Map.of()));
    }

    @Test
    void a_qcow2_one_gets_its_image_by_a_host_which_makes_it_larger_with_it_and_moves() throws Exception {
        List<String> asked = new CopyOnWriteArrayList<>();
        try (HvKit telling = engine(asked::add)) {
            VolumeRecord volume = telling.volumes()
                    .create(VolumeRequest.blank("thin", SIZE, pool.id())
                            .as(ImageFormat.QCOW2)
                            .encrypted())
                    .await();
            check(volume, pool);
            assertThat(volume.place().format()).isEqualTo(ImageFormat.QCOW2);
            assertThat(asked).contains("create").doesNotContain("format");

            VolumeRecord grown =
                    telling.volumes().grow(volume.id(), ByteSize.gibibytes(2)).await();
            check(grown, pool);
            assertThat(grown.size()).isEqualTo(ByteSize.gibibytes(2));
            assertThat(asked).contains("growTo");

            VolumeRecord moved = telling.volumes()
                    .move(MoveRequest.of(volume.id(), other.id()).copied())
                    .await();
            check(moved, other);
        }
    }

    @Test
    void a_plain_qcow2_volume_of_blocks_is_refused_since_nobody_makes_its_image() {
        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> hvkit.volumes()
                        .create(VolumeRequest.blank("plain", SIZE, pool.id()).as(ImageFormat.QCOW2))
                        .await());

        assertThat(e.failure()).isEqualTo(Failure.UNSUPPORTED);
        assertThat(e).hasMessageContaining("keeps blocks");
    }

    /** The volume is in one pool alone, used by nobody, and its key alone opens it. */
    private void check(VolumeRecord volume, PoolRecord at) throws InterruptedException {
        StoragePool there = open(at);
        VolumeId id = MoveWorld.external(volume);
        assertThat(there.list()).hasSize(1);
        assertThat(open(at.equals(pool) ? other : pool).list()).isEmpty();
        assertThat(there.uses(id)).isEmpty();
        assertThat(volume.state()).isEqualTo(VolumeRecord.State.READY);
        assertThat(volume.place().encryption().orElseThrow().attestation()).contains("LUKS1");
        KeyVault vault = new KeyVault(catalog, KeyProvider.file(keys), InstantSource.system());
        VolumeUse looking = VolumeUse.by(host.hostId()).because(Reason.MAINTENANCE);
        DiskImage image = DiskImage.at(there.attach(id, looking), volume.place().format());
        try (Secret key = vault.open(volume.key().orElseThrow());
                Secret stranger = Secret.random()) {
            var luks = storage.endPoint(host.hostId()).luks().orElseThrow();
            assertThat(luks.opens(image.unlockedBy(key))).isTrue();
            assertThat(luks.opens(image.unlockedBy(stranger))).isFalse();
        } finally {
            there.detach(id, host.hostId(), Reason.MAINTENANCE);
        }
    }

    private List<KeyRecord> keysIn(KeyRecord.State state) throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.keys().where(KeyRecord.STATE, state));
    }

    private List<VolumeRecord> volumesNamed(String name) throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.volumes().where(VolumeRecord.NAME, name));
    }

    @Test
    void a_volume_gets_its_header_by_a_host_which_lets_it_go_again() throws Exception {
        VolumeRecord volume = hvkit.volumes().create(request()).await();

        check(volume, pool);
    }

    @Test
    void a_plain_one_needs_no_host() throws Exception {
        try (HvKit alone = HvKit.open(config())) {
            VolumeRecord volume = alone.volumes()
                    .create(VolumeRequest.blank("plain", SIZE, pool.id()))
                    .await();
            assertThat(volume.place().format()).isEqualTo(ImageFormat.RAW);
        }
    }

    @Test
    void without_a_host_that_can_nothing_is_made_and_nothing_is_left() throws Exception {
        try (HvKit alone = HvKit.open(config())) {
            DriverException e = catchThrowableOfType(
                    DriverException.class,
                    () -> alone.volumes().create(request()).await());

            assertThat(e.failure()).isIn(Failure.HOST_NOT_READY, Failure.EXHAUSTED, Failure.UNSUPPORTED);
            assertThat(e).hasMessageContaining("header");
        }
        assertThat(open(pool).list()).isEmpty();
        assertThat(volumesNamed("data")).isEmpty();
        assertThat(keysIn(KeyRecord.State.ACTIVE)).isEmpty();
    }

    @Test
    void if_the_header_cannot_be_written_the_volume_that_was_made_goes_and_its_key_is_not_needed() throws Exception {
        try (HvKit failing = engine(RelayedEndPoint.once("format", () -> {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .effect(Effect.NOT_APPLIED)
                    .message("its first MiB is not blank");
        }))) {
            DriverException e = catchThrowableOfType(
                    DriverException.class,
                    () -> failing.volumes().create(request()).await());

            assertThat(e).hasMessageContaining("not blank");
        }
        assertThat(open(pool).list()).isEmpty();
        assertThat(volumesNamed("data")).isEmpty();
        assertThat(keysIn(KeyRecord.State.ACTIVE)).isEmpty();
        assertThat(keysIn(KeyRecord.State.RETIRED)).hasSize(1);
    }

    @Test
    void a_header_that_the_key_does_not_open_is_none_and_the_volume_that_was_made_goes() throws Exception {
        try (HvKit deceived = HvKit.open(config().endPointsFrom(known -> Optional.of(opensNothing(known.hostId()))))) {
            DriverException e = catchThrowableOfType(
                    DriverException.class,
                    () -> deceived.volumes().create(request()).await());

            assertThat(e.failure()).isEqualTo(Failure.DEFECT);
            assertThat(e).hasMessageContaining("does not open");
        }
        assertThat(open(pool).list()).isEmpty();
        assertThat(volumesNamed("data")).isEmpty();
    }

    private EndPoint opensNothing(HostId known) {
        EndPoint real = storage.endPoint(known);
        ClassLoader here = EndPoint.class.getClassLoader();
        Object luks = Proxy.newProxyInstance(
                here,
                new Class<?>[] {LuksVolumes.class},
                (proxy, method, arguments) -> method.getName().equals("opens")
                        ? false
                        : method.invoke(real.luks().orElseThrow(), arguments));
        return (EndPoint) Proxy.newProxyInstance(
                here,
                new Class<?>[] {EndPoint.class},
                (proxy, method, arguments) ->
                        method.getName().equals("luks") ? Optional.of(luks) : method.invoke(real, arguments));
    }

    @Test
    void one_that_moves_at_rest_gets_another_header_and_another_key() throws Exception {
        VolumeRecord volume = hvkit.volumes().create(request()).await();
        storage.write(MoveWorld.external(volume), CONTENT);

        VolumeRecord moved = hvkit.volumes()
                .move(MoveRequest.of(volume.id(), other.id()).copied())
                .await();

        check(moved, other);
        assertThat(moved.key()).isNotEqualTo(volume.key());
        assertThat(storage.read(MoveWorld.external(moved))).isEqualTo(CONTENT);
    }

    @Test
    void its_limits_go_with_it_and_it_goes_nowhere_where_there_are_none() throws Exception {
        VolumeRecord volume = hvkit.volumes().create(request()).await();
        VolumeLimits limits = VolumeLimits.none().iops(500).bandwidth(ByteSize.mebibytes(10));
        open(pool).limits().orElseThrow().set(MoveWorld.external(volume), limits);

        VolumeRecord moved = hvkit.volumes()
                .move(MoveRequest.of(volume.id(), other.id()).copied())
                .await();

        assertThat(open(other).limits().orElseThrow().of(MoveWorld.external(moved)))
                .isEqualTo(limits);
        VolumeRecord plain = hvkit.volumes()
                .create(VolumeRequest.blank("plain", SIZE, pool.id()))
                .await();
        open(pool).limits().orElseThrow().set(MoveWorld.external(plain), limits);
        PoolRecord bare = MoveWorld.pool(hvkit, pool.reach().zone(), "bare", InMemoryStorageDriver.BARE);
        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> hvkit.volumes()
                        .move(MoveRequest.of(plain.id(), bare.id()).copied())
                        .await());
        assertThat(e.failure()).isEqualTo(Failure.UNSUPPORTED);
        assertThat(e).hasMessageContaining("limits nothing");
    }

    @Test
    void one_that_is_encrypted_anew_where_it_is_gets_another_header_and_another_key() throws Exception {
        VolumeRecord volume = hvkit.volumes().create(request()).await();
        storage.write(MoveWorld.external(volume), CONTENT);

        VolumeRecord anew = hvkit.volumes().encrypt(volume.id()).await();

        check(anew, pool);
        assertThat(anew.key()).isNotEqualTo(volume.key());
        assertThat(storage.read(MoveWorld.external(anew))).isEqualTo(CONTENT);
    }

    @Test
    void its_key_is_changed_and_what_the_header_says_then_is_kept() throws Exception {
        VolumeRecord volume = hvkit.volumes().create(request()).await();

        VolumeRecord rekeyed = hvkit.volumes().rekey(volume.id()).await();

        check(rekeyed, pool);
        assertThat(rekeyed.key()).isNotEqualTo(volume.key());
        assertThat(rekeyed.place().encryption()).isNotEqualTo(volume.place().encryption());
    }
}
