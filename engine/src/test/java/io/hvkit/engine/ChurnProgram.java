package io.hvkit.engine;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.kvm.KvmEndPoint;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** A process of its own that makes, grows, re-keys and deletes volumes in a directory, over a catalog in a file, until it is killed. */
final class ChurnProgram {

    static final ByteSize SIZE = ByteSize.mebibytes(1);

    private static final ByteSize STEP = ByteSize.mebibytes(1);
    private static final int MOST = 6;

    private ChurnProgram() {}

    /** Arguments: the folder, the seed. Says a line when the first volume is there. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        Random random = new Random(Long.parseLong(arguments[1]));
        try (HvKit hvkit = open(folder)) {
            PoolRecord pool = pool(hvkit, folder);
            for (int i = 0; ; i++) {
                step(hvkit, pool, random, "v" + arguments[1] + "-" + i);
                System.out.println("step " + i);
            }
        }
    }

    static HvKit open(Path folder) throws InterruptedException {
        return HvKit.open(HvKitConfig.on(JdbcCatalog.file(folder.resolve("catalog.db")))
                .leasing(HvKitConfig.SHORTEST_LEASE)
                .keysFrom(KeyProvider.file(folder.resolve("kek")))
                .endPointsFrom(host -> Optional.of(KvmEndPoint.local(host.hostId())))
                .driversFrom(
                        HypervisorDrivers.of(List.of(new InMemoryHypervisorDriver())),
                        StorageDrivers.of(List.of(new DirectoryPoolDriver()))));
    }

    static PoolRecord pool(HvKit hvkit, Path folder) throws InterruptedException {
        RecordId<ZoneRecord> zone = hvkit.inventory().addZone("z1").id();
        RecordId<ClusterRecord> cluster = hvkit.inventory()
                .addCluster(zone, "c1", InMemoryHypervisorDriver.TYPE)
                .id();
        hvkit.inventory()
                .addHost(cluster, HostRequest.named("this")); // it runs no machine, and its tools are this machine's
        return hvkit.inventory()
                .addPool(
                        new PoolRecord.Reach(zone, Optional.empty(), Optional.empty()),
                        PoolRequest.named("fast", StoragePoolType.LOCAL_DIRECTORY)
                                .with(DirectoryPoolDriver.PATH, folder.resolve("pool")));
    }

    private static void step(HvKit hvkit, PoolRecord pool, Random random, String name) throws InterruptedException {
        List<VolumeRecord> volumes = hvkit.volumes().page(Optional.empty(), 100);
        int dice = random.nextInt(4);
        if (volumes.size() < 2 || (dice == 0 && volumes.size() < MOST)) {
            VolumeRequest request = VolumeRequest.blank(name, SIZE, pool.id());
            ImageFormat format = random.nextBoolean() ? ImageFormat.RAW : ImageFormat.QCOW2;
            hvkit.volumes().create(request.as(format).encrypted()).await();
            return;
        }
        VolumeRecord one = volumes.get(random.nextInt(volumes.size()));
        if (dice == 1) {
            hvkit.volumes().grow(one.id(), one.size().plus(STEP)).await();
        } else if (dice == 2) {
            hvkit.volumes().rekey(one.id()).await();
        } else {
            hvkit.volumes().delete(one.id()).await();
        }
    }
}
