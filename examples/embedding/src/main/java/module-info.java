/** A module of somebody else: HVKit is usable from the module path. */
module com.acme.embedding {
    requires io.hvkit.catalog.jdbc;
    requires transitive io.hvkit.engine;
    requires transitive io.hvkit.kvm;
    requires transitive io.hvkit.qemu;

    exports com.acme;
}
