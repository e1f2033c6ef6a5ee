package io.hvkit.hypervisor.spi;

/** Where a guest gets randomness from at boot, besides what it finds itself. */
public enum RandomSource {
    /** From nowhere. */
    NONE,
    /** From the host, by way of a virtio device. */
    HOST
}
