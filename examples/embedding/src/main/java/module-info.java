/** A module of somebody else: HVKit is usable from the module path. */
module com.acme.embedding {
    requires transitive io.hvkit.kvm;
    requires transitive io.hvkit.qemu;

    exports com.acme;
}
