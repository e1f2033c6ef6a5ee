package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
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
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** A catalog, a host and pools that outlive processes, for volumes that move among them. */
final class MoveWorld {

    static final ByteSize SIZE = ByteSize.mebibytes(2);
    static final MachineId WEB = new MachineId("web-01");
    static final Duration LEASE = Duration.ofMinutes(1);

    final InMemoryCatalog catalog;
    final FileBackedStorage storage;
    final CopyingHosts hosts = new CopyingHosts();
    final HostRecord host;
    final PoolRecord from;
    final PoolRecord to;

    /** A pool whose volumes get their headers by hosts. */
    final PoolRecord blocks;

    private final AtomicLong seconds = new AtomicLong(1_767_225_600);
    private final Path keys;
    private final Path files;

    MoveWorld(Path folder) throws InterruptedException, IOException {
        catalog = InMemoryCatalog.on(this::now);
        keys = folder.resolve("kek");
        MasterKeyFile.create(keys);
        files = Files.createDirectory(folder.resolve("files"));
        storage = new FileBackedStorage(files);
        try (HvKit hvkit = process(Fuse.counting())) {
            RecordId<ZoneRecord> zone = hvkit.inventory().addZone("z1").id();
            RecordId<ClusterRecord> cluster = hvkit.inventory()
                    .addCluster(zone, "c1", InMemoryHypervisorDriver.TYPE)
                    .id();
            host = hvkit.inventory().addHost(cluster, HostRequest.named("h1"));
            from = pool(hvkit, zone, "p1", InMemoryStorageDriver.TYPE);
            to = pool(hvkit, zone, "p2", InMemoryStorageDriver.TYPE);
            blocks = pool(hvkit, zone, "blocks", InMemoryStorageDriver.BLOCKS);
        }
    }

    static PoolRecord pool(HvKit hvkit, RecordId<ZoneRecord> zone, String name, StoragePoolType type)
            throws InterruptedException {
        return hvkit.inventory()
                .addPool(new PoolRecord.Reach(zone, Optional.empty(), Optional.empty()), PoolRequest.named(name, type));
    }

    Instant now() {
        return Instant.ofEpochSecond(seconds.get());
    }

    /** Lets the leases of the dead run out. */
    void waitForLeases() {
        seconds.addAndGet(LEASE.toSeconds());
    }

    HvKit process(Fuse fuse) {
        return process(fuse, catalog.another());
    }

    /** Returns an engine that has this catalog. */
    HvKit process(Fuse fuse, Catalog another) {
        Catalog seen = fuse.around(another);
        return HvKit.open(HvKitConfig.on(seen)
                .timedBy(this::now)
                .keysFrom(KeyProvider.file(keys))
                .runBy(job -> {
                    Thread thread = new Thread(job, job.toString());
                    thread.setUncaughtExceptionHandler(
                            (dead, crash) -> assertThat(crash).isInstanceOf(Fuse.Crash.class));
                    thread.start();
                })
                .endPointsFrom(known -> Optional.of(new FileEndPoint(known.hostId(), storage, fuse, now())))
                .driversFrom(
                        HypervisorDrivers.of(List.of(new FusedHosts(hosts, fuse))),
                        StorageDrivers.of(List.of(new FusedStorage(storage, fuse)))));
    }

    RecoveryReport recover() throws InterruptedException {
        try (HvKit hvkit = process(Fuse.counting())) {
            return hvkit.recover();
        } finally {
            waitForLeases();
        }
    }

    /** Makes a volume with which no machine runs, and writes something to it. */
    VolumeRecord resting(VolumeRequest request, long content) throws InterruptedException, IOException {
        try (HvKit hvkit = process(Fuse.counting())) {
            VolumeRecord volume = hvkit.volumes().create(request).await();
            FileBackedStorage.write(storage.file(external(volume)), content);
            return volume;
        }
    }

    /** Makes a volume under a machine that runs, and writes something to it. */
    VolumeRecord running(VolumeRequest request, long content) throws InterruptedException, IOException {
        VolumeRecord volume;
        try (HvKit hvkit = process(Fuse.counting())) {
            volume = hvkit.volumes().create(request).await();
            hvkit.volumes().attach(volume.id(), host.id(), WEB).await();
        }
        start(volume, "disk-as-the-embedder-calls-it");
        FileBackedStorage.write(storage.file(external(volume)), content);
        return volume;
    }

    /** Makes one more volume for the machine that runs, and writes something to it. */
    VolumeRecord plugged(VolumeRequest request, long content) throws InterruptedException, IOException {
        try (HvKit hvkit = process(Fuse.counting())) {
            VolumeRecord volume = hvkit.volumes().create(request).await();
            hvkit.volumes().attach(volume.id(), host.id(), WEB).await();
            FileBackedStorage.write(storage.file(external(volume)), content);
            return volume;
        }
    }

    /** Starts the machine with a volume, which takes its key. */
    void start(VolumeRecord volume, String diskName) throws InterruptedException {
        try (StoragePool pool = open(volume.place().pool());
                Hypervisor direct = hypervisor()) {
            Attachment place = pool.attach(external(volume), VolumeUse.by(host.hostId()));
            Disk disk = Disk.of(new VolumeId(diskName), place, volume.place().format());
            if (volume.key().isEmpty()) {
                direct.start(MachineSpec.named(WEB.value()).with(disk));
                return;
            }
            try (Secret key = vault().open(volume.key().get())) {
                direct.start(MachineSpec.named(WEB.value()).with(disk.unlockedBy(key)));
            }
        }
    }

    KeyVault vault() {
        return new KeyVault(catalog, KeyProvider.file(keys), this::now);
    }

    Hypervisor hypervisor() throws InterruptedException {
        return HypervisorDrivers.of(List.of(hosts))
                .forType(InMemoryHypervisorDriver.TYPE)
                .open(host.hostId(), InMemoryHypervisorDriver.TYPE, Options.parse(List.of(), Map.of()));
    }

    StoragePool open(RecordId<PoolRecord> id) throws InterruptedException {
        PoolRecord pool =
                catalog.inTransaction(transaction -> transaction.pools().require(id));
        StorageDrivers drivers = StorageDrivers.of(List.of(storage));
        StoragePoolType type = drivers.types().resolve(pool.type()).orThrow();
        return drivers.forType(type).open(pool.poolId(), type, Options.parse(List.of(), Map.of()));
    }

    VolumeRecord record(VolumeRecord volume) throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.volumes().require(volume.id()));
    }

    static VolumeId external(VolumeRecord record) {
        return new VolumeId(record.place().externalId().map(ExternalId::value).orElseThrow());
    }

    /** Returns what the volumes in a pool are called. */
    List<String> namesIn(PoolRecord pool) throws InterruptedException {
        try (StoragePool open = open(pool.id())) {
            return open.list().stream().map(Volume::name).toList();
        }
    }

    List<RecordId<KeyRecord>> keysIn(KeyRecord.State state) throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.keys().where(KeyRecord.STATE, state).stream()
                .map(KeyRecord::id)
                .toList());
    }

    void stopMachine() throws InterruptedException {
        try (Hypervisor direct = hypervisor()) {
            direct.stop(WEB, StopMode.POWER_OFF);
        }
    }

    /** Both pools, the machine, the files and the keys say what the record says, and what was written is there. */
    void checkThatAllAgree(VolumeRecord volume, long content, String when) throws Exception {
        VolumeRecord record = record(volume);
        assertThat(record.state()).as(when).isEqualTo(VolumeRecord.State.READY);
        assertThat(record.second()).as(when).isEmpty();
        List<String> kept = new ArrayList<>();
        List<PoolRecord> pools = List.of(from, to, blocks);
        for (PoolRecord each : pools) {
            try (StoragePool pool = open(each.id())) {
                pool.list().forEach(found -> kept.add(each.name() + " " + found.id()));
            }
        }
        PoolRecord at = pools.stream()
                .filter(pool -> pool.id().equals(record.place().pool()))
                .findAny()
                .orElseThrow();
        assertThat(kept).as(when).containsExactly(at.name() + " " + external(record));
        Path file = storage.file(external(record));
        try (var left = Files.list(files)) {
            assertThat(left).as(when).containsExactly(file);
        }
        assertThat(FileBackedStorage.read(file)).as(when).isEqualTo(content);
        boolean isAttached = !catalog.inTransaction(
                        transaction -> transaction.attachments().where(AttachmentRecord.VOLUME, record.id()))
                .isEmpty();
        checkPool(record, isAttached ? Set.of(VolumeUse.by(host.hostId())) : Set.of(), when);
        checkKeys(record, when);
        if (isAttached) {
            checkMachine(file, when);
        }
        try (HvKit hvkit = process(Fuse.counting())) {
            hvkit.volumes().attach(record.id(), host.id(), WEB).await();
        }
        start(record, "started-afterwards");
    }

    private void checkPool(VolumeRecord record, Set<VolumeUse> uses, String when) throws InterruptedException {
        try (StoragePool pool = open(record.place().pool())) {
            Volume found = pool.find(external(record)).orElseThrow();
            assertThat(found.size()).as(when).isEqualTo(record.size());
            assertThat(found.format()).as(when).isEqualTo(record.place().format());
            Optional<String> proved = record.place().encryption().map(VolumeRecord.Encryption::attestation);
            if (pool.encryption().needsHeader() && record.key().isPresent()) {
                assertThat(proved.orElseThrow()).as(when).contains("LUKS1");
                assertThat(storage.headers()).as(when).containsKey(storage.file(external(record)));
            } else {
                assertThat(found.attestation()).as(when).isEqualTo(proved);
            }
            assertThat(pool.uses(found.id())).as(when).isEqualTo(uses);
        }
    }

    private void checkKeys(VolumeRecord record, String when) throws InterruptedException {
        assertThat(keysIn(KeyRecord.State.ACTIVE))
                .as("keys in use, %s", when)
                .isEqualTo(record.key().stream().toList());
    }

    /** The machine has the disk where the record says, if it runs; once it has ended, the record's key opens it. */
    private void checkMachine(Path file, String when) throws InterruptedException {
        try (Hypervisor direct = hypervisor()) {
            Optional<Machine> running = direct.find(WEB);
            if (running.isEmpty()) {
                return;
            }
            List<MachineDisk> disks = running.get().disks();
            assertThat(disks)
                    .as(when)
                    .extracting(disk -> disk.attachment().requirePath())
                    .containsExactly(file);
            assertThat(direct.liveDiskMigration()
                            .orElseThrow()
                            .find(WEB, disks.get(0).volume()))
                    .as(when)
                    .isEmpty();
            direct.stop(WEB, StopMode.POWER_OFF);
            direct.forget(WEB);
        }
    }
}
