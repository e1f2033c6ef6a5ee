package io.hvkit.engine;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.job.OperationListener;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.kvm.KvmEndPoint;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** A process of its own that makes, grows, re-keys and deletes volumes in a directory, over a real catalog, until it is killed or told to stop. */
final class ChurnProgram {

    static final ByteSize SIZE = ByteSize.mebibytes(1);

    private static final ByteSize STEP = ByteSize.mebibytes(1);
    private static final int MOST = 6;
    private static final Set<Failure> OF_OTHERS =
            Set.of(Failure.OPERATION_PENDING, Failure.IN_USE, Failure.NOT_FOUND, Failure.INVALID_REQUEST);

    private ChurnProgram() {}

    /**
     * Arguments: the folder, the seed, where the catalog is; and {@code together} if others work there at the same time. Says a line when an
     * operation begins and when a step is done. Ends when there is a file {@code stop} in the folder.
     */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        Random random = new Random(Long.parseLong(arguments[1]));
        boolean isTogether = arguments.length > 3;
        try (HvKit hvkit = open(folder, arguments[2])) {
            hvkit.listen(new OperationListener() {
                @Override
                public void begun(OperationRecord operation) {
                    System.out.println("begun " + operation.id());
                }
            });
            PoolRecord pool = pool(hvkit, folder);
            for (int i = 0; !Files.exists(folder.resolve("stop")); i++) {
                String name = "v" + arguments[1] + "-" + i;
                if (isTogether) {
                    hvkit.recover();
                    stepAside(hvkit, pool, random, name);
                } else {
                    step(hvkit, pool, random, name);
                }
                System.out.println("step " + i);
            }
        }
    }

    /** Another engine may work on the same volume, or have deleted or grown it. */
    private static void stepAside(HvKit hvkit, PoolRecord pool, Random random, String name)
            throws InterruptedException {
        try {
            step(hvkit, pool, random, name);
        } catch (DriverException e) {
            if (!OF_OTHERS.contains(e.failure())) {
                throw e;
            }
        }
    }

    static HvKit open(Path folder) throws InterruptedException {
        return open(folder, folder.resolve("catalog.db").toString());
    }

    static HvKit open(Path folder, String place) throws InterruptedException {
        return HvKit.open(HvKitConfig.on(Databases.open(place))
                .leasing(HvKitConfig.SHORTEST_LEASE)
                .keysFrom(KeyProvider.file(folder.resolve("kek")))
                .endPointsFrom(host -> Optional.of(KvmEndPoint.local(host.hostId())))
                .driversFrom(
                        HypervisorDrivers.of(List.of(new InMemoryHypervisorDriver())),
                        StorageDrivers.of(List.of(new DirectoryPoolDriver()))));
    }

    /** Starts it; what it says goes to a file. */
    static Process start(Path said, String... arguments) throws IOException {
        List<String> argv = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ChurnProgram.class.getName()));
        argv.addAll(List.of(arguments));
        return new ProcessBuilder(argv)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
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
