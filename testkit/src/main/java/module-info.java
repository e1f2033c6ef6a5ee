/** Real parts for tests: private libvirt hosts, a guest that writes records, and canaries for leaked secrets. */
module io.hvkit.testkit {
    requires transitive io.hvkit.core;
    requires transitive org.junit.jupiter.api;
    requires org.slf4j;
    requires static transitive org.jspecify;

    exports io.hvkit.testkit;
    exports io.hvkit.testkit.canary;
    exports io.hvkit.testkit.guest;
    exports io.hvkit.testkit.libvirt;
}
