package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.postgres.PrivatePostgresExtension;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The engine over each of its real catalogs: what volumes live through, and what dies with a process. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DatabasesIT {

    private static final ByteSize SIZE = ByteSize.gibibytes(1);
    private static final MachineId WEB = new MachineId("web-01");
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int SLICE = Boolean.getBoolean("hvkit.thorough") ? 40 : 2;

    @RegisterExtension
    static final PrivatePostgresExtension POSTGRES = PrivatePostgresExtension.perClass();

    @TempDir
    private Path folder;

    private final InMemoryStorageDriver storage = new InMemoryStorageDriver();
    private final InMemoryHypervisorDriver hypervisors = new InMemoryHypervisorDriver();

    /** Each test has tables of its own. */
    private final String prefix = "t" + UUID.randomUUID().toString().substring(0, 8) + "_";

    /** A database. */
    enum Database {
        SQLITE,
        POSTGRESQL
    }

    @BeforeEach
    void make() {
        MasterKeyFile.create(folder.resolve("kek"));
    }

    @ParameterizedTest
    @EnumSource
    void a_volume_lives_its_whole_life(Database database) throws Exception {
        VolumeRecord volume;
        HostRecord host;
        try (HvKit hvkit = engine(database, Fuse.counting())) {
            host = host(hvkit);
            VolumeRequest request =
                    VolumeRequest.blank("life", SIZE, pool(hvkit).id()).encrypted();
            VolumeRecord made = hvkit.volumes().under("k-life").create(request).await();
            assertThat(hvkit.volumes().under("k-life").create(request).await()).isEqualTo(made);
            assertFailure(
                    Failure.EXISTS_DIFFERENTLY,
                    () -> hvkit.volumes().create(request).await());
            volume = hvkit.volumes().grow(made.id(), SIZE.plus(SIZE)).await();
            hvkit.volumes().attach(volume.id(), host.id(), WEB).await();
            assertFailure(
                    Failure.IN_USE, () -> hvkit.volumes().delete(volume.id()).await());
        }
        try (HvKit hvkit = engine(database, Fuse.counting())) {
            assertThat(hvkit.volumes().find(volume.id())).contains(volume);
            hvkit.volumes().detach(volume.id(), host.id(), WEB).await();
            VolumeRecord rekeyed = hvkit.volumes().rekey(volume.id()).await();
            assertThat(rekeyed.key()).isPresent().isNotEqualTo(volume.key());
            VolumeRecord anew = hvkit.volumes().encrypt(volume.id()).await();
            assertThat(anew.place().copy()).isOne();
            assertThat(anew.key()).isPresent().isNotEqualTo(rekeyed.key());
            VolumeRecord again = hvkit.volumes().rekey(volume.id()).await();
            assertThat(again.place().copy()).isOne();
            hvkit.volumes().delete(volume.id()).await();

            assertThat(hvkit.volumes().named("life")).isEmpty();
            assertThat(hvkit.jobs().open()).isEmpty();
            assertThat(hvkit.recover().findings()).isEmpty();
            try (StoragePool open = openPool(hvkit)) {
                assertThat(open.list()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_process_dies_at_any_moment_and_the_next_one_makes_all_agree(Database database) throws Exception {
        long seed = Long.getLong("hvkit.seed", System.nanoTime());
        Random random = new Random(seed);
        Fuse whole = Fuse.counting();
        live(database, whole, "calm");
        for (int i = 0; i < SLICE; i++) {
            int moment = 1 + random.nextInt(whole.moments());
            String when = "seed " + seed + ", moment " + moment;
            live(database, Fuse.burningAt(moment), "dies-" + i);

            try (HvKit hvkit = engine(database, Fuse.counting())) {
                Await.until("all operations have ended", PATIENCE, () -> {
                    hvkit.recover();
                    return hvkit.jobs().open().isEmpty();
                });
                checkThatAllAgree(hvkit, database, when);
                assertThat(hvkit.recover().findings()).as(when).isEmpty();
            }
        }
    }

    /** Makes a volume, gives it another key and deletes it, unless the process dies. */
    private void live(Database database, Fuse fuse, String name) throws InterruptedException {
        try (Catalog real = open(database)) {
            HvKit hvkit = engine(fuse.around(real), fuse);
            try {
                VolumeRequest request =
                        VolumeRequest.blank(name, SIZE, pool(hvkit).id());
                VolumeRecord made = hvkit.volumes().create(request.encrypted()).await();
                hvkit.volumes().rekey(made.id()).await();
                hvkit.volumes().delete(made.id()).await();
            } catch (Fuse.Crash | DriverException e) {
                // dead, or its job is: what is left is looked at afterwards
            } finally {
                close(hvkit);
            }
        }
    }

    private static void close(HvKit hvkit) {
        try {
            hvkit.close();
        } catch (Fuse.Crash e) {
            // the dead close nothing
        }
    }

    private void checkThatAllAgree(HvKit hvkit, Database database, String when) throws InterruptedException {
        List<VolumeRecord> records = hvkit.volumes().page(Optional.empty(), 100);
        assertThat(records)
                .as(when)
                .allMatch(record -> record.state() == VolumeRecord.State.READY)
                .allMatch(record -> record.second().isEmpty());
        try (StoragePool open = openPool(hvkit);
                Catalog catalog = open(database)) {
            assertThat(open.list().stream().map(Volume::id))
                    .as(when)
                    .containsExactlyInAnyOrderElementsOf(records.stream()
                            .map(record -> new VolumeId(
                                    record.place().externalId().orElseThrow().value()))
                            .toList());
            List<KeyRecord> active = catalog.inTransaction(
                    transaction -> transaction.keys().where(KeyRecord.STATE, KeyRecord.State.ACTIVE));
            assertThat(active)
                    .as(when)
                    .extracting(KeyRecord::id)
                    .containsExactlyInAnyOrderElementsOf(records.stream()
                            .map(record -> record.key().orElseThrow())
                            .toList());
        }
    }

    private Catalog open(Database database) throws InterruptedException {
        return database == Database.SQLITE
                ? Databases.open(folder.resolve("catalog.db").toString())
                : Databases.open(POSTGRES.postgres().url(), prefix);
    }

    private HvKit engine(Database database, Fuse fuse) throws InterruptedException {
        return engine(open(database), fuse);
    }

    private HvKit engine(Catalog catalog, Fuse fuse) {
        return HvKit.open(HvKitConfig.on(catalog)
                .leasing(HvKitConfig.SHORTEST_LEASE)
                .keysFrom(KeyProvider.file(folder.resolve("kek")))
                .endPointsFrom(host -> Optional.of(
                        RelayedEndPoint.of(storage.endPoint(host.hostId()), call -> fuse.burn(), call -> fuse.burn())))
                .runBy(job -> {
                    Thread thread = new Thread(job, job.toString());
                    thread.setUncaughtExceptionHandler(
                            (dead, crash) -> assertThat(crash).isInstanceOf(Fuse.Crash.class));
                    thread.start();
                })
                .driversFrom(
                        HypervisorDrivers.of(List.of(hypervisors)),
                        StorageDrivers.of(List.of(new FusedStorage(storage, fuse)))));
    }

    private static HostRecord host(HvKit hvkit) throws InterruptedException {
        RecordId<ZoneRecord> zone = hvkit.inventory().addZone("z1").id();
        RecordId<ClusterRecord> cluster = hvkit.inventory()
                .addCluster(zone, "c1", InMemoryHypervisorDriver.TYPE)
                .id();
        return hvkit.inventory().addHost(cluster, HostRequest.named("h1"));
    }

    private static PoolRecord pool(HvKit hvkit) throws InterruptedException {
        assertThat(host(hvkit).name()).isEqualTo("h1");
        RecordId<ZoneRecord> zone = hvkit.inventory().addZone("z1").id();
        return hvkit.inventory()
                .addPool(
                        new PoolRecord.Reach(zone, Optional.empty(), Optional.empty()),
                        PoolRequest.named("p1", InMemoryStorageDriver.TYPE));
    }

    private StoragePool openPool(HvKit hvkit) throws InterruptedException {
        return StorageDrivers.of(List.of(storage))
                .forType(InMemoryStorageDriver.TYPE)
                .open(pool(hvkit).poolId(), InMemoryStorageDriver.TYPE, Options.parse(List.of(), Map.of()));
    }

    private static void assertFailure(Failure failure, ThrowingCallable call) {
        DriverException e = catchThrowableOfType(DriverException.class, call);
        assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure);
    }
}
