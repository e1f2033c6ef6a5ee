/** What a storage plug-in implements; start reading at {@link io.hvkit.storage.spi.StorageDriver}. */
module io.hvkit.storage.spi {
    requires transitive io.hvkit.core;
    requires static transitive org.jspecify;

    exports io.hvkit.storage.spi;
    exports io.hvkit.storage.spi.chain;

    uses io.hvkit.storage.spi.StorageDriver;
}
