package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;

/** Where a block job is; it only moves down this list, but may fall back from READY to COPYING if the guest writes fast. */
@Incubating(since = "0.1")
public enum BlockJobPhase {
    /** The target lacks something that the source has. */
    COPYING,
    /** The target has everything and is kept so; the machine still uses the source. */
    READY,
    /** The machine is being switched. */
    PIVOTING,
    /** It is over; there is a verdict. */
    ENDED
}
