/** qemu-img and cryptsetup, driven safely. Usable alone. */
module io.hvkit.qemu {
    requires com.fasterxml.jackson.databind;
    requires com.sun.jna;
    requires jdk.unsupported; // ExtendedOpenOption: past the page cache
    requires org.slf4j;
    requires transitive io.hvkit.core;
    requires static transitive org.jspecify;

    exports io.hvkit.qemu;
    exports io.hvkit.qemu.download;
    exports io.hvkit.qemu.inspect;
    exports io.hvkit.qemu.qmp;
}
