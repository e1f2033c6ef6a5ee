package io.hvkit.hypervisor.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;

/**
 * What a host has for machines, whoever uses it now.
 *
 * @param cpus how many processors it has that run at once, at least one
 * @param memory how much memory is built in, more than zero; the host itself needs some of it
 */
@Incubating(since = "0.1")
public record HostCapacity(int cpus, ByteSize memory) {

    /**
     * Checks the figures.
     *
     * @throws IllegalArgumentException if one is zero or less
     */
    public HostCapacity {
        if (cpus < 1 || memory.equals(ByteSize.ZERO)) {
            throw new IllegalArgumentException(
                    "a host has a processor and some memory, not " + cpus + " processors and " + memory);
        }
    }
}
