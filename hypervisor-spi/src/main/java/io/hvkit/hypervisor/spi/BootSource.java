package io.hvkit.hypervisor.spi;

/** Where a machine looks for a boot loader. */
public enum BootSource {
    /** Its disks, in the order of the request. */
    DISK,
    /** Its network cards, in the order of the request. */
    NETWORK
}
