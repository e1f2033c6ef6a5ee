package io.hvkit.examples.engine;

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
import io.hvkit.storage.spi.StoragePoolType;

/**
 * Two zones: one with a host and two pools, and one with a host and a pool.
 *
 * @param zone the zone of the first two pools
 * @param fast the pool in which volumes are made
 * @param big the pool to which they move
 * @param away the pool of the other zone
 */
record Town(ZoneRecord zone, PoolRecord fast, PoolRecord big, PoolRecord away) {

    // tag::town[]
    /** Each host and pool must answer before it is added; adding it again changes nothing. */
    static Town of(HvKit hvkit, Cloud cloud) throws InterruptedException {
        Inventory inventory = hvkit.inventory();
        ZoneRecord z1 = inventory.addZone("z1");
        ClusterRecord c1 = inventory.addCluster(z1.id(), "c1", HypervisorType.KVM);
        HostRecord node1 = inventory.addHost(
                c1.id(), HostRequest.named("node1").at(cloud.node1().uri()));
        ClusterRecord c2 = inventory.addCluster(inventory.addZone("z2").id(), "c2", HypervisorType.KVM);
        HostRecord node2 = inventory.addHost(
                c2.id(), HostRequest.named("node2").at(cloud.node2().uri()));
        return new Town(
                z1,
                inventory.addPool(PoolRecord.Reach.of(c1, node1), directory(cloud, "fast")),
                inventory.addPool(PoolRecord.Reach.of(c1, node1), directory(cloud, "big")),
                inventory.addPool(PoolRecord.Reach.of(c2, node2), directory(cloud, "away")));
    }

    private static PoolRequest directory(Cloud cloud, String name) {
        return PoolRequest.named(name, StoragePoolType.LOCAL_DIRECTORY)
                .with(DirectoryPoolDriver.PATH, cloud.pool(name));
    }
    // end::town[]
}
