/** Where the engine keeps what it knows; start reading at {@link io.hvkit.catalog.spi.Catalog}. */
module io.hvkit.catalog.spi {
    requires transitive io.hvkit.core;
    requires static transitive org.jspecify;

    exports io.hvkit.catalog.spi;
}
