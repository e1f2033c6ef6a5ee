package io.hvkit.hypervisor.spi;

/** What runs in a machine before its boot loader. */
public enum Firmware {
    /** The old one. */
    BIOS,
    /** The new one; the host needs OVMF or the like. */
    UEFI
}
