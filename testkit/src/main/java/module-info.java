/** Contracts for plug-ins, and real parts for tests: private libvirt hosts, a guest that writes records, canaries for leaks. */
module io.hvkit.testkit {
    requires transitive io.hvkit.catalog.spi;
    requires transitive io.hvkit.core;
    requires transitive io.hvkit.hypervisor.spi;
    requires transitive io.hvkit.storage.spi;
    requires transitive org.junit.jupiter.api;
    requires java.net.http;
    requires jdk.httpserver;
    requires org.assertj.core;
    requires org.slf4j;
    requires static org.junit.platform.engine;
    requires static org.junit.platform.launcher;
    requires static transitive org.jspecify;

    exports io.hvkit.testkit;
    exports io.hvkit.testkit.canary;
    exports io.hvkit.testkit.catalog;
    exports io.hvkit.testkit.chain;
    exports io.hvkit.testkit.contract;
    exports io.hvkit.testkit.endpoint;
    exports io.hvkit.testkit.guest;
    exports io.hvkit.testkit.hypervisor;
    exports io.hvkit.testkit.libvirt;
    exports io.hvkit.testkit.postgres;
    exports io.hvkit.testkit.ssh;
    exports io.hvkit.testkit.storage;

    opens io.hvkit.testkit.catalog to
            org.junit.platform.commons;
    opens io.hvkit.testkit.chain to
            org.junit.platform.commons;
    opens io.hvkit.testkit.contract to
            org.junit.platform.commons;
    opens io.hvkit.testkit.endpoint to
            org.junit.platform.commons;
    opens io.hvkit.testkit.hypervisor to
            org.junit.platform.commons;
    opens io.hvkit.testkit.storage to
            org.junit.platform.commons;
}
