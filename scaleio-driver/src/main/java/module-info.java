/** Pools of Dell PowerFlex, which was ScaleIO; start reading at {@link io.hvkit.scaleio.ScaleIoDriver}. */
module io.hvkit.scaleio {
    requires transitive io.hvkit.qemu;
    requires transitive io.hvkit.storage.spi;
    requires com.fasterxml.jackson.databind;
    requires java.net.http;
    requires static transitive org.jspecify;

    exports io.hvkit.scaleio;

    provides io.hvkit.storage.spi.StorageDriver with
            io.hvkit.scaleio.ScaleIoDriver;
}
