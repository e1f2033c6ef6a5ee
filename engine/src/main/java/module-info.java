/** The embeddable engine: volumes, keys and hosts, kept correct through crashes. */
module io.hvkit.engine {
    requires transitive io.hvkit.catalog.spi;
    requires transitive io.hvkit.core;
    requires transitive io.hvkit.hypervisor.spi;
    requires transitive io.hvkit.storage.spi;
    requires jdk.jfr;
    requires org.slf4j;
    requires static transitive org.jspecify;

    exports io.hvkit.engine;
    exports io.hvkit.engine.cluster;
    exports io.hvkit.engine.job;
    exports io.hvkit.engine.key;
    exports io.hvkit.engine.offering;
    exports io.hvkit.engine.machine;
    exports io.hvkit.engine.matrix;
    exports io.hvkit.engine.placement;
    exports io.hvkit.engine.setting;
    exports io.hvkit.engine.usage;
    exports io.hvkit.engine.snapshot;
    exports io.hvkit.engine.template;
    exports io.hvkit.engine.volume;
}
