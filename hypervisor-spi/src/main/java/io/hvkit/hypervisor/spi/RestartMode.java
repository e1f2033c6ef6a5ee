package io.hvkit.hypervisor.spi;

/** How a running machine begins anew. */
public enum RestartMode {
    /** Asks the guest to restart; the call returns when it was asked. */
    GRACEFUL,
    /** As its reset button does; what the guest had not written is lost. */
    RESET
}
