package io.hvkit.hypervisor.spi;

import io.hvkit.core.ByteSize;
import java.util.Optional;
import java.util.OptionalLong;

/** How much a disk may do in a second. Without more words it has no limit. Immutable; every change is another value. */
public final class DiskLimits {

    private record Fields(OptionalLong iops, OptionalLong burst, Optional<ByteSize> bandwidth) {}

    private static final DiskLimits NONE =
            new DiskLimits(new Fields(OptionalLong.empty(), OptionalLong.empty(), Optional.empty()));

    private final Fields fields;

    private DiskLimits(Fields fields) {
        this.fields = fields;
    }

    /** Returns no limit at all. */
    public static DiskLimits none() {
        return NONE;
    }

    /**
     * Returns these limits with a number of reads and writes a second.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public DiskLimits iops(long most) {
        requirePositive("the number of requests a second", most);
        return new DiskLimits(new Fields(OptionalLong.of(most), fields.burst, fields.bandwidth));
    }

    /**
     * Returns these limits with a number of requests that a single second may have after a calm.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public DiskLimits burstOf(long most) {
        requirePositive("a burst", most);
        return new DiskLimits(new Fields(fields.iops, OptionalLong.of(most), fields.bandwidth));
    }

    /**
     * Returns these limits with a number of bytes, read and written, a second.
     *
     * @throws IllegalArgumentException if it is zero
     */
    public DiskLimits bandwidth(ByteSize most) {
        requirePositive("the bytes a second", most.bytes());
        return new DiskLimits(new Fields(fields.iops, fields.burst, Optional.of(most)));
    }

    /** Returns the most reads and writes a second; nothing if there is no limit. */
    public OptionalLong iops() {
        return fields.iops;
    }

    /** Returns the most requests in a second after a calm; nothing if that is the limit of any other. */
    public OptionalLong burst() {
        return fields.burst;
    }

    /** Returns the most bytes a second; nothing if there is no limit. */
    public Optional<ByteSize> bandwidth() {
        return fields.bandwidth;
    }

    private static void requirePositive(String what, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(
                    what + " must be positive, not " + value + "; leave it out to have none");
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DiskLimits that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "DiskLimits" + fields;
    }
}
