package io.hvkit.storage.spi;

import io.hvkit.core.ByteSize;

/**
 * What a volume will be, before it is made.
 *
 * @param size what its machine will see: exactly the {@link Volume#size} of what is made
 * @param taken what it takes of the pool when it is full, headers included, as far as the pool can tell; never less than {@code
 *     size}
 */
public record VolumePlan(ByteSize size, ByteSize taken) {

    /**
     * Rejects what takes less than it holds.
     *
     * @throws IllegalArgumentException if it does
     */
    public VolumePlan {
        if (taken.compareTo(size) < 0) {
            throw new IllegalArgumentException("a volume of " + size + " cannot fit into " + taken);
        }
    }

    /** Returns the plan of a volume that takes what it holds and no more. */
    public static VolumePlan exactly(ByteSize size) {
        return new VolumePlan(size, size);
    }
}
