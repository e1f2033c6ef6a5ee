package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Options;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.storage.InMemoryShelves;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** A catalog, and storage with cabinets of shelves, that outlive processes. */
final class ClusterWorld {

    private static final Duration LEASE = Duration.ofMinutes(1);

    final AtomicLong seconds = new AtomicLong(1_767_225_600);
    final InMemoryCatalog catalog = InMemoryCatalog.on(this::now).rerunning();
    final InMemoryStorageDriver storage = new InMemoryStorageDriver();
    final InMemoryShelves shelves = storage.shelves();
    final InMemoryHypervisorDriver hypervisors = new InMemoryHypervisorDriver();
    final ZoneRecord zone;
    final ClusterRecord cluster;
    final HostRecord host;

    ClusterWorld() throws InterruptedException {
        try (HvKit hvkit = process(Fuse.counting())) {
            zone = hvkit.inventory().addZone("z1");
            cluster = hvkit.inventory().addCluster(zone.id(), "c1", InMemoryHypervisorDriver.TYPE);
            host = hvkit.inventory().addHost(cluster.id(), HostRequest.named("h1"));
        }
    }

    private Instant now() {
        return Instant.ofEpochSecond(seconds.get());
    }

    void passTime() {
        seconds.addAndGet(LEASE.toSeconds());
    }

    HvKit process(Fuse fuse) {
        return HvKit.open(HvKitConfig.on(fuse.around(catalog.another()))
                .timedBy(this::now)
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

    RecoveryReport recover() throws InterruptedException {
        try (HvKit hvkit = process(Fuse.counting())) {
            return hvkit.recover();
        } finally {
            passTime();
        }
    }

    static PoolRequest cabinet(String name) {
        return PoolRequest.named(name, InMemoryStorageDriver.CABINET).with(InMemoryStorageDriver.STANDS, name);
    }

    static PoolRequest shelf(String name) {
        return PoolRequest.named(name, InMemoryStorageDriver.SHELF).with(InMemoryStorageDriver.STANDS, name);
    }

    Reach everywhere() {
        return Reach.of(zone);
    }

    static VolumeRequest volume(String name, PoolRecord pool) {
        return VolumeRequest.blank(name, ByteSize.gibibytes(4), pool.id()).as(ImageFormat.VMDK);
    }

    static VolumeId external(VolumeRecord volume) {
        return new VolumeId(volume.place().externalId().map(ExternalId::value).orElseThrow());
    }

    List<PoolRecord> pools() throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.pools().page(Optional.empty(), Table.LONGEST_PAGE));
    }

    PoolRecord pool(String name) throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.pools().where(PoolRecord.NAME, name)).stream()
                .findAny()
                .orElseThrow();
    }

    List<VolumeRecord> volumes() throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.volumes().page(Optional.empty(), Table.LONGEST_PAGE));
    }

    /** Opens a pool past the engine. */
    StoragePool open(PoolRecord pool) throws InterruptedException {
        StorageDriver driver = StorageDrivers.of(List.of(storage)).forType(InMemoryStorageDriver.SHELF);
        return driver.open(
                pool.poolId(),
                InMemoryStorageDriver.SHELF,
                Options.parse(driver.options(), pool.options().texts(), Map.of()));
    }
}
