package io.hvkit.engine;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.kvm.KvmEndPoint;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A process of its own that moves a volume with which no machine runs from one directory to another and back, until it is killed. */
final class PendulumProgram {

    private static final Duration LEASE = Duration.ofSeconds(5);

    private PendulumProgram() {}

    /** Arguments: the folder, the volume. Says a line when a move has ended. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        RecordId<VolumeRecord> volume = new RecordId<>(arguments[1]);
        try (HvKit hvkit = open(folder)) {
            for (int i = 0; ; i++) {
                swing(hvkit, folder, volume);
                System.out.println("move " + i);
            }
        }
    }

    /** Moves it to the other directory, where it is laid out in another way. */
    static VolumeRecord swing(HvKit hvkit, Path folder, RecordId<VolumeRecord> volume) throws InterruptedException {
        PoolRecord left = pool(hvkit, folder, "left");
        boolean isLeft =
                hvkit.volumes().find(volume).orElseThrow().place().pool().equals(left.id());
        PoolRecord to = isLeft ? pool(hvkit, folder, "right") : left;
        ImageFormat format = isLeft ? ImageFormat.QCOW2 : ImageFormat.LUKS;
        return hvkit.volumes().move(MoveRequest.of(volume, to.id()).as(format)).await();
    }

    static HvKit open(Path folder) throws InterruptedException {
        return HvKit.open(HvKitConfig.on(JdbcCatalog.file(folder.resolve("catalog.db")))
                .leasing(LEASE)
                .keysFrom(KeyProvider.file(folder.resolve("kek")))
                .endPointsFrom(host -> Optional.of(KvmEndPoint.local(host.hostId())))
                .driversFrom(
                        HypervisorDrivers.of(List.of(new InMemoryHypervisorDriver())),
                        StorageDrivers.of(List.of(new DirectoryPoolDriver()))));
    }

    static PoolRecord pool(HvKit hvkit, Path folder, String name) throws InterruptedException {
        ZoneRecord zone = hvkit.inventory().addZone("z1");
        ClusterRecord cluster = hvkit.inventory().addCluster(zone.id(), "c1", InMemoryHypervisorDriver.TYPE);
        HostRecord host = hvkit.inventory().addHost(cluster.id(), HostRequest.named("this"));
        return hvkit.inventory()
                .addPool(
                        PoolRecord.Reach.of(cluster, host),
                        PoolRequest.named(name, StoragePoolType.LOCAL_DIRECTORY)
                                .with(DirectoryPoolDriver.PATH, folder.resolve(name)));
    }
}
