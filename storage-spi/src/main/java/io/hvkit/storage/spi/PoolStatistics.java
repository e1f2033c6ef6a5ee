package io.hvkit.storage.spi;

import io.hvkit.core.ByteSize;

/**
 * How full a pool is, at one moment.
 *
 * @param capacity what it can hold
 * @param used what is taken of it, by volumes and by all else; never more than {@code capacity}
 * @param provisioned the sum of its volumes' sizes, which may be more than {@code capacity} where pools overprovision
 */
public record PoolStatistics(ByteSize capacity, ByteSize used, ByteSize provisioned) {

    /**
     * Rejects what no pool can say of itself.
     *
     * @throws IllegalArgumentException if more is used than there is
     */
    public PoolStatistics {
        if (used.compareTo(capacity) > 0) {
            throw new IllegalArgumentException("a pool of " + capacity + " cannot have " + used + " in use");
        }
    }

    /** Returns what is not taken. */
    public ByteSize free() {
        return capacity.minus(used);
    }
}
