package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.snapshot.SnapshotRequest;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What pools have and no record tells of: it is told of, it counts for nobody, and it stays. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StrangersTest {

    private static final Account OWNER = Counted.OWNER;
    private static final ByteSize GIB = ByteSize.gibibytes(1);

    @TempDir
    private Path directory;

    @Test
    void of_all_that_a_pool_has_what_no_record_tells_of_is_a_stranger() throws Exception {
        try (ChaosWorld world = new ChaosWorld(directory, SnapshotWorld.inMemory(), 1);
                ChaosEngine engine = world.engine("calm")) {
            HvKit hvkit = engine.hvkit();
            PoolRecord pool = world.pools.get(0);
            PoolRecord store = world.stores.get(0);
            VolumeRecord data = hvkit.volumes()
                    .create(VolumeRequest.blank("data", ChaosWorld.SIZE, pool.id())
                            .ownedBy(OWNER))
                    .await();
            RecordId<?> unused = hvkit.snapshots()
                    .take(data.id(), SnapshotRequest.named("monday", store.id()))
                    .await();
            TemplateRecord debian = hvkit.templates().register(world.template()).await();
            hvkit.templates().upload(debian.id(), pool.id(), world.image).await();
            for (PoolRecord each : List.of(pool, store)) {
                assertThat(hvkit.inventory().strangers(each.id()))
                        .as("of %s", each.name())
                        .isEmpty();
            }
            Amounts held = hvkit.usage().held(Account.ROOT);
            Volume foreign =
                    world.array.create(pool.poolId(), CreateVolume.blank("foreign", ChaosWorld.SIZE), Optional.empty());

            assertThat(hvkit.inventory().strangers(pool.id()))
                    .extracting(Volume::id)
                    .containsExactly(foreign.id());
            assertThat(hvkit.inventory().strangers(store.id())).isEmpty();
            assertThat(hvkit.usage().held(Account.ROOT)).isEqualTo(held);
            assertThat(hvkit.usage().drift()).isEmpty();
            hvkit.volumes().tidy(data.id()).await();
            hvkit.snapshots().tidy(data.id()).await();
            assertThat(engine.hvkit().recover().findings()).isEmpty();
            assertThat(world.array.find(pool.poolId(), foreign.id()))
                    .as("it stays")
                    .isPresent();
        }
    }

    private HvKit engine(InMemoryStorageDriver storage, Path catalog) throws InterruptedException {
        return HvKit.open(HvKitConfig.on(JdbcCatalog.file(catalog))
                .keysFrom(KeyProvider.file(directory.resolve("kek")))
                .driversFrom(HypervisorDrivers.of(List.<HypervisorDriver>of()), StorageDrivers.of(List.of(storage))));
    }

    /** Whoever restores a backup of the catalog has volumes that were made since, whose keys are in no catalog any more. */
    @Test
    void what_was_made_after_a_backup_of_the_catalog_that_is_brought_back_stays_and_is_told_of() throws Exception {
        MasterKeyFile.create(directory.resolve("kek"));
        InMemoryStorageDriver storage = new InMemoryStorageDriver();
        Path catalog = directory.resolve("catalog");
        Path backup = directory.resolve("backup");
        PoolRecord pool;
        PoolRecord other;
        VolumeRecord gone;
        try (HvKit hvkit = engine(storage, catalog)) {
            RecordId<ZoneRecord> zone = hvkit.inventory().addZone("z1").id();
            pool = MoveWorld.pool(hvkit, zone, "p1", InMemoryStorageDriver.TYPE);
            other = MoveWorld.pool(hvkit, zone, "p2", InMemoryStorageDriver.TYPE);
            VolumeRecord kept = create(hvkit, "kept", pool);
            gone = create(hvkit, "gone", pool);
            assertThat(kept.state()).isEqualTo(VolumeRecord.State.READY);
        }
        Files.copy(catalog, backup);
        VolumeRecord late;
        try (HvKit hvkit = engine(storage, catalog)) {
            late = create(hvkit, "late", pool);
            hvkit.volumes().delete(gone.id()).await();
        }
        Files.move(backup, catalog, StandardCopyOption.REPLACE_EXISTING);

        try (HvKit hvkit = engine(storage, catalog)) {
            assertThat(hvkit.recover().findings()).isEmpty();
            assertThat(hvkit.inventory().strangers(pool.id()))
                    .extracting(Volume::id)
                    .containsExactly(external(late));
            assertThat(hvkit.inventory().strangers(other.id())).isEmpty();
            assertThat(hvkit.usage().held(OWNER).of("volume")).isEqualTo(2);
            VolumeRecord again = create(hvkit, "late", pool);
            assertThat(external(again)).as("another volume of that name").isNotEqualTo(external(late));
            DriverException missing = catchThrowableOfType(
                    DriverException.class,
                    () -> hvkit.volumes()
                            .move(MoveRequest.of(gone.id(), other.id()))
                            .await());
            assertThat(missing.failure()).isEqualTo(Failure.NOT_FOUND);
            assertThat(hvkit.volumes().find(gone.id()).orElseThrow().place()).isEqualTo(gone.place());
            hvkit.volumes().delete(gone.id()).await();
            hvkit.keys().destroyUnneeded(Duration.ofHours(1));
            assertThat(hvkit.inventory().strangers(pool.id()))
                    .extracting(Volume::id)
                    .containsExactly(external(late));
            assertThat(hvkit.usage().drift()).isEmpty();
        }
    }

    private static VolumeRecord create(HvKit hvkit, String name, PoolRecord pool) throws InterruptedException {
        return hvkit.volumes()
                .create(VolumeRequest.blank(name, GIB, pool.id()).encrypted().ownedBy(OWNER))
                .await();
    }

    private static VolumeId external(VolumeRecord volume) {
        return new VolumeId(Optional.of(volume.place())
                .flatMap(VolumeRecord.Place::externalId)
                .orElseThrow()
                .value());
    }
}
