package io.hvkit.storage.spi;

import io.hvkit.core.ByteSize;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How much work a volume may make at most, reading and writing together.
 *
 * @param iops operations a second; as many as can be if it is empty
 * @param bandwidth what may be moved a second; as much as can be if it is empty
 */
public record VolumeLimits(OptionalLong iops, Optional<ByteSize> bandwidth) {

    /**
     * Rejects limits that let nothing through.
     *
     * @throws IllegalArgumentException if one is zero or negative
     */
    public VolumeLimits {
        if (iops.isPresent() && iops.getAsLong() <= 0) {
            throw new IllegalArgumentException(
                    "a limit is at least one operation a second, not " + iops.getAsLong() + "; leave it out for none");
        }
        if (bandwidth.filter(ByteSize.ZERO::equals).isPresent()) {
            throw new IllegalArgumentException("a limit is at least one byte a second; leave it out for none");
        }
    }

    /** Returns no limit. */
    public static VolumeLimits none() {
        return new VolumeLimits(OptionalLong.empty(), Optional.empty());
    }

    /** Returns these limits with another one of operations a second. */
    public VolumeLimits iops(long perSecond) {
        return new VolumeLimits(OptionalLong.of(perSecond), bandwidth);
    }

    /** Returns these limits with another one of what may be moved a second. */
    public VolumeLimits bandwidth(ByteSize perSecond) {
        return new VolumeLimits(iops, Optional.of(perSecond));
    }
}
