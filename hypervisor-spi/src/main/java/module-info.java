/** What a hypervisor plug-in implements; start reading at {@link io.hvkit.hypervisor.spi.HypervisorDriver}. */
module io.hvkit.hypervisor.spi {
    requires transitive io.hvkit.core;
    requires static transitive org.jspecify;

    exports io.hvkit.hypervisor.spi;

    uses io.hvkit.hypervisor.spi.HypervisorDriver;
}
