package io.hvkit.examples.storage;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.engine.HostRequest;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.Inventory;
import io.hvkit.engine.PoolRequest;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.kvm.SharedMountPointDriver;
import io.hvkit.storage.spi.StoragePoolType;

/**
 * What an engine was told that there is.
 *
 * @param node1 the host that machines run on
 * @param local1 the pool of that host alone
 * @param shared the pool of all hosts
 */
record Installation(HostRecord node1, PoolRecord local1, PoolRecord shared) {

    // tag::install[]
    /** Each host and pool must answer before it is added; adding it again changes nothing. */
    static Installation of(Site site, HvKit hvkit) throws InterruptedException {
        Inventory inventory = hvkit.inventory();
        ZoneRecord zone = inventory.addZone("z1");
        ClusterRecord cluster = inventory.addCluster(zone.id(), "c1", HypervisorType.KVM);
        HostRecord node1 = inventory.addHost(
                cluster.id(), HostRequest.named("node1").at(site.node1().uri()));
        HostRecord node2 = inventory.addHost(
                cluster.id(), HostRequest.named("node2").at(site.node2().uri()));
        PoolRecord local1 = inventory.addPool(PoolRecord.Reach.of(cluster, node1), local(site, "local1"));
        inventory.addPool(PoolRecord.Reach.of(cluster, node2), local(site, "local2"));
        PoolRecord shared = inventory.addPool(
                PoolRecord.Reach.of(cluster),
                PoolRequest.named("shared", StoragePoolType.SHARED_MOUNT_POINT)
                        .with(SharedMountPointDriver.PATH, site.pool("shared")));
        return new Installation(node1, local1, shared);
    }

    private static PoolRequest local(Site site, String name) {
        return PoolRequest.named(name, StoragePoolType.LOCAL_DIRECTORY).with(DirectoryPoolDriver.PATH, site.pool(name));
    }
    // end::install[]
}
