package io.hvkit.examples.engine;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.engine.HostRequest;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.Inventory;
import io.hvkit.engine.PoolRequest;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.libvirt.PrivateHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Two zones: one with a host and two pools, and one with a host and a pool.
 *
 * @param fast the pool in which volumes are made
 * @param big the pool to which they move
 * @param away the pool of the other zone
 */
record Town(PoolRecord fast, PoolRecord big, PoolRecord away) {

    /** Each host and pool must answer before it is added; adding it again changes nothing. */
    static Town of(HvKit hvkit, PrivateHost one, PrivateHost two, Path folder)
            throws InterruptedException, IOException {
        Inventory inventory = hvkit.inventory();
        ClusterRecord here = inventory.addCluster(inventory.addZone("z1").id(), "c1", HypervisorType.KVM);
        ClusterRecord there = inventory.addCluster(inventory.addZone("z2").id(), "c2", HypervisorType.KVM);
        HostRecord node1 =
                inventory.addHost(here.id(), HostRequest.named("node1").at(one.uri()));
        HostRecord node2 =
                inventory.addHost(there.id(), HostRequest.named("node2").at(two.uri()));
        return new Town(
                pool(inventory, PoolRecord.Reach.of(here, node1), folder.resolve("fast")),
                pool(inventory, PoolRecord.Reach.of(here, node1), folder.resolve("big")),
                pool(inventory, PoolRecord.Reach.of(there, node2), folder.resolve("away")));
    }

    private static PoolRecord pool(Inventory inventory, PoolRecord.Reach reach, Path folder)
            throws InterruptedException, IOException {
        return inventory.addPool(
                reach,
                PoolRequest.named(folder.getFileName().toString(), StoragePoolType.LOCAL_DIRECTORY)
                        .with(DirectoryPoolDriver.PATH, Files.createDirectories(folder)));
    }
}
