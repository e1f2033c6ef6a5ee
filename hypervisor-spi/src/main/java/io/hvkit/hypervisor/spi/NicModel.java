package io.hvkit.hypervisor.spi;

/** What a guest takes a network card for. */
public enum NicModel {
    /** The fastest; the guest needs its driver. */
    VIRTIO,
    /** Intel's 82574, which any guest of this century knows. */
    E1000E
}
