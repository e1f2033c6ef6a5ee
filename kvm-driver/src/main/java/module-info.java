/** KVM through libvirt, pools that are directories, and the end points of hosts. */
module io.hvkit.kvm {
    requires transitive io.hvkit.hypervisor.spi;
    requires transitive io.hvkit.storage.spi;
    requires transitive io.hvkit.qemu;
    requires com.sun.jna;
    requires java.xml;
    requires org.slf4j;
    requires static transitive org.jspecify;

    exports io.hvkit.kvm;

    opens io.hvkit.kvm.internal.libvirt to
            com.sun.jna;

    provides io.hvkit.hypervisor.spi.HypervisorDriver with
            io.hvkit.kvm.KvmDriver;
    provides io.hvkit.storage.spi.StorageDriver with
            io.hvkit.kvm.DirectoryPoolDriver,
            io.hvkit.kvm.NfsPoolDriver,
            io.hvkit.kvm.SharedMountPointDriver;
}
