package com.acme;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.engine.HostRequest;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.HvKitConfig;
import io.hvkit.engine.Inventory;
import io.hvkit.engine.PoolRequest;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.kvm.KvmDriver;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePoolType;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/** What a platform writes to embed the engine. */
public final class Platform {

    private Platform() {}

    /** Makes an encrypted volume that survives whatever crashes meanwhile. Running it again gives the same volume. */
    public static VolumeRecord rootDisk(Path state, URI libvirt, Path directory) throws InterruptedException {
        // tag::engine[]
        HypervisorDrivers hypervisors = HypervisorDrivers.of(List.of(new KvmDriver()));
        StorageDrivers storage = StorageDrivers.of(List.of(new DirectoryPoolDriver()));
        try (HvKit hvkit = HvKit.open(HvKitConfig.on(JdbcCatalog.file(state.resolve("catalog.db")))
                .keysFrom(KeyProvider.file(state.resolve("kek"))).driversFrom(hypervisors, storage))) {
            hvkit.recover(); // finishes or takes back what a crash interrupted

            Inventory inventory = hvkit.inventory();
            ZoneRecord zone = inventory.addZone("z1");
            ClusterRecord cluster = inventory.addCluster(zone.id(), "c1", HypervisorType.KVM);
            HostRecord node1 = inventory.addHost(cluster.id(), HostRequest.named("node1").at(libvirt));
            PoolRecord fast = inventory.addPool(PoolRecord.Reach.of(cluster, node1),
                    PoolRequest.named("fast", StoragePoolType.LOCAL_DIRECTORY).with(DirectoryPoolDriver.PATH, directory));

            return hvkit.volumes().under("web-01-root") // asked again, it is the same volume
                    .create(VolumeRequest.blank("web-01-root", ByteSize.gibibytes(1), fast.id()).encrypted()).await();
        }
        // end::engine[]
    }
}
