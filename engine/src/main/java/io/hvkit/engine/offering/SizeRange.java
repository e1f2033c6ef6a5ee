package io.hvkit.engine.offering;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;

/**
 * How large volumes of an offering may be.
 *
 * @param least the least; at least 512 bytes
 * @param most the most
 */
@Incubating(since = "0.1")
public record SizeRange(ByteSize least, ByteSize most) {

    private static final ByteSize SECTOR = ByteSize.bytes(512);

    /** Of any size. */
    public static final SizeRange ANY = new SizeRange(SECTOR, ByteSize.bytes(Long.MAX_VALUE));

    /**
     * Checks the order.
     *
     * @throws IllegalArgumentException if the most is less than the least, or the least is less than 512 bytes
     */
    public SizeRange {
        if (least.compareTo(SECTOR) < 0 || most.compareTo(least) < 0) {
            throw new IllegalArgumentException(
                    "sizes go from the least, 512 bytes or more, to the most, not from " + least + " to " + most);
        }
    }

    /** Returns the range of one size. */
    public static SizeRange exactly(ByteSize size) {
        return new SizeRange(size, size);
    }

    /** Returns whether a volume may be so large. */
    public boolean holds(ByteSize size) {
        return size.compareTo(least) >= 0 && size.compareTo(most) <= 0;
    }

    @Override
    public String toString() {
        if (equals(ANY)) {
            return "any size";
        }
        return least.equals(most) ? least.toString() : least + " to " + most;
    }
}
