package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.HoldingRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.offering.DiskOffering;
import io.hvkit.engine.placement.PlacedVolumeRequest;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeLimits;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process dies at each moment of each operation on volumes; another one recovers, and catalog, pool and keys agree. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class VolumesCrashTest {

    private static final ByteSize SIZE = ByteSize.gibibytes(8);
    private static final ByteSize MORE = ByteSize.gibibytes(16);
    private static final MachineId WEB = new MachineId("web-01");
    private static final VolumeLimits LIMITS = VolumeLimits.none().iops(500);
    private static final DiskOffering LIMITED =
            DiskOffering.named("gold").encrypted().limitedTo(LIMITS);
    private static final Duration LEASE = Duration.ofMinutes(1);

    @TempDir
    private Path directory;

    private Path keys;

    /** What is begun when the process dies. */
    enum Work {
        CREATE_PLAIN {
            @Override
            Job<?> begin(HvKit hvkit, World world) throws InterruptedException {
                return hvkit.volumes().create(world.request("new"));
            }
        },
        CREATE_ENCRYPTED {
            @Override
            Job<?> begin(HvKit hvkit, World world) throws InterruptedException {
                return hvkit.volumes().create(world.request("new").encrypted());
            }
        },
        CREATE_UNDER_A_TAKEN_NAME {
            @Override
            Job<?> begin(HvKit hvkit, World world) throws InterruptedException {
                return hvkit.volumes().create(world.request("old").encrypted());
            }
        },
        DELETE {
            @Override
            Job<?> begin(HvKit hvkit, World world) throws InterruptedException {
                return hvkit.volumes().delete(world.old.id());
            }
        },
        GROW {
            @Override
            Job<?> begin(HvKit hvkit, World world) throws InterruptedException {
                return hvkit.volumes().grow(world.old.id(), MORE);
            }
        },
        CREATE_BY_AN_OFFERING {
            @Override
            Job<?> begin(HvKit hvkit, World world) throws InterruptedException {
                OfferingRecord offering = hvkit.offerings().add(LIMITED);
                return hvkit.volumes()
                        .create(DiskOffering.in(offering)
                                .volume("new", SIZE, world.pool.id())
                                .ownedBy(Counted.OWNER)
                                .by(offering.id()));
            }
        },
        CREATE_WHEREVER_THERE_IS_ROOM {
            @Override
            Job<?> begin(HvKit hvkit, World world) throws InterruptedException {
                VolumeQuery query = VolumeQuery.of(SIZE, world.pool.reach()).encrypted();
                return hvkit.volumes()
                        .create(PlacedVolumeRequest.named("new", query).ownedBy(Counted.OWNER));
            }
        },
        CREATE_WHEREVER_UNDER_A_TAKEN_NAME {
            @Override
            Job<?> begin(HvKit hvkit, World world) throws InterruptedException {
                return hvkit.volumes()
                        .create(PlacedVolumeRequest.named("old", VolumeQuery.of(SIZE, world.pool.reach()))
                                .ownedBy(Counted.OWNER));
            }
        },
        CHANGE_OFFERING {
            @Override
            Job<?> begin(HvKit hvkit, World world) throws InterruptedException {
                OfferingRecord offering = hvkit.offerings().add(LIMITED);
                return hvkit.volumes().changeOffering(world.old.id(), offering.id());
            }
        },
        ATTACH {
            @Override
            Job<?> begin(HvKit hvkit, World world) throws InterruptedException {
                return hvkit.volumes().attach(world.old.id(), world.host.id(), WEB);
            }
        },
        DETACH {
            @Override
            Job<?> begin(HvKit hvkit, World world) throws InterruptedException {
                return hvkit.volumes().detach(world.used.id(), world.host.id(), WEB);
            }
        };

        abstract Job<?> begin(HvKit hvkit, World world) throws InterruptedException;
    }

    /** A catalog and a pool that outlive processes, with an encrypted volume that is free and one that is attached. */
    private static final class World {
        private final AtomicLong seconds = new AtomicLong(1_767_225_600);
        private final InMemoryCatalog catalog = InMemoryCatalog.on(this::now);
        private final InMemoryStorageDriver storage = new InMemoryStorageDriver();
        private final InMemoryHypervisorDriver hypervisors = new InMemoryHypervisorDriver();
        private final Path keys;
        private final StoragePoolType type;
        private final PoolRecord pool;
        private final HostRecord host;
        private final VolumeRecord old;
        private final VolumeRecord used;

        World(Path keys, StoragePoolType type) throws InterruptedException {
            this.keys = keys;
            this.type = type;
            try (HvKit hvkit = process(Fuse.counting())) {
                RecordId<ZoneRecord> zone = hvkit.inventory().addZone("z1").id();
                RecordId<ClusterRecord> cluster = hvkit.inventory()
                        .addCluster(zone, "c1", InMemoryHypervisorDriver.TYPE)
                        .id();
                host = hvkit.inventory().addHost(cluster, HostRequest.named("h1"));
                pool = hvkit.inventory()
                        .addPool(
                                new PoolRecord.Reach(zone, Optional.empty(), Optional.empty()),
                                PoolRequest.named("p1", type));
                old = hvkit.volumes().create(request("old").encrypted()).await();
                used = hvkit.volumes().create(request("used").encrypted()).await();
                hvkit.volumes().attach(used.id(), host.id(), WEB).await();
            }
        }

        VolumeRequest request(String name) {
            return VolumeRequest.blank(name, SIZE, pool.id()).ownedBy(Counted.OWNER);
        }

        private Instant now() {
            return Instant.ofEpochSecond(seconds.get());
        }

        HvKit process(Fuse fuse) {
            Catalog seen = fuse.around(catalog.another());
            return HvKit.open(HvKitConfig.on(seen)
                    .timedBy(this::now)
                    .keysFrom(KeyProvider.file(keys))
                    .endPointsFrom(known -> Optional.of(RelayedEndPoint.of(
                            storage.endPoint(known.hostId()), call -> fuse.burn(), call -> fuse.burn())))
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

        void run(Work work, Fuse fuse) throws InterruptedException {
            HvKit hvkit = process(fuse);
            try {
                work.begin(hvkit, this).await();
            } catch (Fuse.Crash | RuntimeException e) {
                // dead, or refused: what is left is looked at afterwards
            } finally {
                close(hvkit);
            }
            seconds.addAndGet(LEASE.toSeconds());
        }

        RecoveryReport recover() throws InterruptedException {
            try (HvKit hvkit = process(Fuse.counting())) {
                return hvkit.recover();
            } finally {
                seconds.addAndGet(LEASE.toSeconds());
            }
        }

        private static void close(HvKit hvkit) {
            try {
                hvkit.close();
            } catch (Fuse.Crash e) {
                // the dead close nothing
            }
        }

        StoragePool openPool() throws InterruptedException {
            return StorageDrivers.of(List.of(storage))
                    .forType(type)
                    .open(pool.poolId(), type, Options.parse(List.of(), Map.of()));
        }

        void checkThatAllAgree(String when) throws InterruptedException {
            List<VolumeRecord> records =
                    catalog.inTransaction(transaction -> transaction.volumes().page(Optional.empty(), 100));
            assertThat(records).as(when).allMatch(record -> record.state() == VolumeRecord.State.READY);
            assertThat(openPool().list())
                    .as(when)
                    .extracting(Volume::id, Volume::size)
                    .containsExactlyInAnyOrderElementsOf(records.stream()
                            .map(record -> tuple(external(record), record.size()))
                            .toList());
            Counted.check(catalog, when);
            for (VolumeRecord record : records) {
                boolean isByOffering = catalog.inTransaction(transaction -> transaction
                        .holdings()
                        .require(HoldingRecord.idOf("volume:" + record.id()))
                        .offering()
                        .isPresent());
                assertThat(openPool().limits().orElseThrow().of(external(record)))
                        .as("limits by offering, %s", when)
                        .isEqualTo(isByOffering ? LIMITS : VolumeLimits.none());
                List<AttachmentRecord> uses = catalog.inTransaction(
                        transaction -> transaction.attachments().where(AttachmentRecord.VOLUME, record.id()));
                assertThat(openPool().uses(external(record))).as(when).hasSameSizeAs(uses);
                KeyRecord.State key = catalog.inTransaction(transaction -> record.key()
                        .map(id -> transaction.keys().require(id).state())
                        .orElse(KeyRecord.State.ACTIVE));
                assertThat(key).as(when).isEqualTo(KeyRecord.State.ACTIVE);
                if (type.equals(InMemoryStorageDriver.BLOCKS) && record.key().isPresent()) {
                    requireHeader(record, when);
                }
            }
            long needed =
                    records.stream().filter(record -> record.key().isPresent()).count();
            assertThat(catalog.inTransaction(
                                    transaction -> transaction.keys().where(KeyRecord.STATE, KeyRecord.State.ACTIVE))
                            .size())
                    .as("keys in use, %s", when)
                    .isEqualTo((int) needed);
        }

        private void requireHeader(VolumeRecord record, String when) throws InterruptedException {
            assertThat(record.place().encryption().orElseThrow().attestation())
                    .as(when)
                    .contains("LUKS1");
            VolumeUse looking = VolumeUse.by(host.hostId()).because(VolumeUse.Reason.MAINTENANCE);
            Attachment place = openPool().attach(external(record), looking);
            KeyVault vault = new KeyVault(catalog, KeyProvider.file(keys), this::now);
            try (Secret key = vault.open(record.key().orElseThrow())) {
                DiskImage image = DiskImage.at(place, record.place().format()).unlockedBy(key);
                assertThat(storage.endPoint(host.hostId()).luks().orElseThrow().opens(image))
                        .as(when)
                        .isTrue();
            } finally {
                openPool().detach(external(record), host.hostId(), VolumeUse.Reason.MAINTENANCE);
            }
        }

        private static VolumeId external(VolumeRecord record) {
            return new VolumeId(
                    record.place().externalId().map(ExternalId::value).orElseThrow());
        }
    }

    @BeforeEach
    void make() {
        keys = directory.resolve("kek");
        MasterKeyFile.create(keys);
    }

    @ParameterizedTest
    @EnumSource
    void whenever_the_process_dies_recovery_makes_catalog_pool_and_keys_agree(Work work) throws Exception {
        dies(work, InMemoryStorageDriver.TYPE);
    }

    @ParameterizedTest
    @EnumSource
    void so_it_is_where_a_host_writes_the_headers(Work work) throws Exception {
        dies(work, InMemoryStorageDriver.BLOCKS);
    }

    private void dies(Work work, StoragePoolType type) throws InterruptedException {
        Fuse whole = Fuse.counting();
        World calm = new World(keys, type);
        calm.run(work, whole);
        calm.checkThatAllAgree("nothing happened");

        for (int moment : Moments.each(Moments.apart(6), whole.moments())) {
            String when = work + " died at moment " + moment + ", " + Moments.seed();
            World world = new World(keys, type);
            world.run(work, Fuse.burningAt(moment));

            assertThat(world.recover().with(RecoveryReport.Verdict.HALTED))
                    .as(when)
                    .isEmpty();

            world.checkThatAllAgree(when);
            assertThat(world.recover().findings()).as(when).isEmpty();
        }
        assertThat(whole.moments()).isGreaterThan(8);
    }
}
