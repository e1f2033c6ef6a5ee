/** Value types, failures, secrets and typed options shared by every module. */
@SuppressWarnings("module") // core cannot see the SPIs, for which the registries are
module io.hvkit.core {
    requires static transitive org.jspecify;

    exports io.hvkit.core;
    exports io.hvkit.core.internal to
            io.hvkit.catalog.spi,
            io.hvkit.engine,
            io.hvkit.hypervisor.spi,
            io.hvkit.storage.spi;
}
