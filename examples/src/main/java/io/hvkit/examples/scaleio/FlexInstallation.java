package io.hvkit.examples.scaleio;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.Secret;
import io.hvkit.engine.HostRequest;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.Inventory;
import io.hvkit.engine.PoolRequest;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.powerflex.simulator.SimulatedSystem;
import io.hvkit.scaleio.ScaleIoDriver;
import io.hvkit.scaleio.ScaleIoHost;
import io.hvkit.storage.spi.StoragePoolType;
import java.util.List;

/**
 * What an engine was told that there is.
 *
 * @param fast a pool of the system east
 * @param slow another pool of that system
 * @param far the pool of the system west
 */
record FlexInstallation(HostRecord node1, PoolRecord fast, PoolRecord slow, PoolRecord far) {

    // tag::install[]
    /** Which pools are of one system is not told: the engine sees it. */
    static FlexInstallation of(Flex flex, FlexPlatform platform, HvKit hvkit) throws InterruptedException {
        Inventory inventory = hvkit.inventory();
        ZoneRecord zone = inventory.addZone("z1");
        ClusterRecord cluster = inventory.addCluster(zone.id(), "c1", HypervisorType.KVM);
        HostRecord node1 = inventory.addHost(
                cluster.id(), HostRequest.named("node1").at(flex.node1().uri()));
        String hosts = ScaleIoHost.option(List.of(platform.endPoint(node1)));
        PoolRecord.Reach reach = PoolRecord.Reach.of(cluster);
        try (Secret password = flex.openPassword()) {
            return new FlexInstallation(
                    node1,
                    inventory.addPool(reach, pool(flex, "east", "fast", hosts, password)),
                    inventory.addPool(reach, pool(flex, "east", "slow", hosts, password)),
                    inventory.addPool(reach, pool(flex, "west", "far", hosts, password)));
        }
    }

    private static PoolRequest pool(Flex flex, String system, String name, String hosts, Secret password) {
        SimulatedSystem gateway = flex.system(system);
        return PoolRequest.named(name, StoragePoolType.POWERFLEX)
                .with(ScaleIoDriver.GATEWAY, gateway.uri())
                .with(ScaleIoDriver.CA, flex.certificate())
                .with(ScaleIoDriver.USER, gateway.user())
                .withSecret(ScaleIoDriver.PASSWORD, password)
                .with(ScaleIoDriver.POOL, name)
                .with(ScaleIoDriver.HOSTS, hosts)
                .with(ScaleIoDriver.DEVICES, flex.client().deviceFolder());
    }
    // end::install[]
}
