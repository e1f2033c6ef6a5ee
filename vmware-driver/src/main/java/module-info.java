/** VMware vSphere, by its own small client; start reading at {@link io.hvkit.vmware.VmwareDriver}. */
module io.hvkit.vmware {
    requires transitive io.hvkit.hypervisor.spi;
    requires transitive io.hvkit.storage.spi;
    requires java.net.http;
    requires java.xml;
    requires static transitive org.jspecify;

    exports io.hvkit.vmware;

    provides io.hvkit.hypervisor.spi.HypervisorDriver with
            io.hvkit.vmware.VmwareDriver;
    provides io.hvkit.storage.spi.StorageDriver with
            io.hvkit.vmware.VmwareDatastoreDriver;
}
