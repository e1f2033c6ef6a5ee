package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;

/** What becomes of what a guest writes to its disk while that is copied. */
@Incubating(since = "0.1")
public enum CopyMode {
    /**
     * It goes to the source, and is copied later. The guest writes as fast as ever; one that writes faster than is copied, be it
     * that the target is slow or that the copy is limited, is never caught up with, and the copy never {@code READY}.
     */
    BACKGROUND,
    /**
     * It goes to both before the guest is told that it is written (libvirt: synchronous writes). Nothing is copied twice, so that
     * the copy ends whatever the guest does; and the guest waits for the slower of source and target with each write, from the first to
     * the switch, a limit of the copy notwithstanding. That includes all the time that a copy waits for {@link BlockJob#pivot}. If the
     * target fails, the copy fails, and not the guest's write. Needs {@link HypervisorFeature#WRITE_BLOCKING_COPY}.
     */
    WRITE_BLOCKING
}
