/** Value types, failures, secrets and typed options shared by every module. */
@SuppressWarnings("module") // core cannot see the modules that share its registries and its trust
module io.hvkit.core {
    requires static transitive org.jspecify;

    exports io.hvkit.core;
    exports io.hvkit.core.internal to
            io.hvkit.catalog.spi,
            io.hvkit.engine,
            io.hvkit.hypervisor.spi,
            io.hvkit.scaleio,
            io.hvkit.storage.spi,
            io.hvkit.vmware;
}
