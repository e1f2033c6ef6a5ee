package io.hvkit.hypervisor.spi;

/** Whether a host remembers a machine that does not run. */
public enum Persistence {
    /** It is gone once it stops; whoever starts machines keeps their descriptions. */
    TRANSIENT,
    /** The host keeps its description until {@link Hypervisor#forget}. */
    PERSISTENT
}
