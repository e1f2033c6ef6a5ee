package io.hvkit.examples.snapshots;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.core.HostId;
import io.hvkit.core.Options;
import io.hvkit.engine.HostRequest;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.Inventory;
import io.hvkit.engine.PoolRequest;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.kvm.KvmDriver;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.libvirt.PrivateHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A libvirt host, a directory for volumes, and one for what is kept of them. */
final class Site implements AutoCloseable {

    private final Path work;
    private final PrivateHost host;

    private Site(Path work, PrivateHost host) {
        this.work = work;
        this.host = host;
    }

    /**
     * What an engine was told that there is.
     *
     * @param node the host
     * @param fast the pool of volumes
     * @param store the pool of snapshots
     */
    record Places(HostRecord node, PoolRecord fast, PoolRecord store) {}

    static Site in(Path work) throws InterruptedException, IOException {
        Files.createDirectories(work.resolve("fast"));
        Files.createDirectories(work.resolve("nfs"));
        return new Site(work, PrivateHost.start(work.resolve("node1")));
    }

    Places install(HvKit hvkit) throws InterruptedException {
        Inventory inventory = hvkit.inventory();
        ClusterRecord cluster = inventory.addCluster(inventory.addZone("z1").id(), "c1", HypervisorType.KVM);
        HostRecord node =
                inventory.addHost(cluster.id(), HostRequest.named("node1").at(host.uri()));
        PoolRecord.Reach reach = PoolRecord.Reach.of(cluster, node);
        return new Places(
                node, inventory.addPool(reach, directory("fast")), inventory.addPool(reach, directory("nfs")));
    }

    private PoolRequest directory(String name) {
        return PoolRequest.named(name, StoragePoolType.LOCAL_DIRECTORY).with(DirectoryPoolDriver.PATH, pool(name));
    }

    /** Returns the directory of a pool. */
    Path pool(String name) {
        return work.resolve(name);
    }

    /** Connects to the host, as a platform does that starts machines there. */
    Hypervisor connect(HostId id) throws InterruptedException {
        KvmDriver driver = new KvmDriver();
        Options options =
                Options.parse(driver.options(), Map.of("uri", host.uri().toString()));
        return driver.open(id, HypervisorType.KVM, options);
    }

    @Override
    public void close() {
        host.close();
    }
}
