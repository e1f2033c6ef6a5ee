package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;

/** When a machine is switched to the copy of its disk. */
@Incubating(since = "0.1")
public enum Pivot {
    /** As soon as the copy is complete. */
    WHEN_READY,
    /** When {@link BlockJob#pivot} is called; until then the copy is kept up to date. For disks that must switch together. */
    WHEN_ASKED
}
