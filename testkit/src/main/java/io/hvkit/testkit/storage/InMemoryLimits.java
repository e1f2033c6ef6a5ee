package io.hvkit.testkit.storage;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.Limits;
import io.hvkit.storage.spi.VolumeLimits;

/** Limits in memory: at least 11 operations, and bandwidth in whole kibibytes, a second. */
record InMemoryLimits(PoolId pool, InMemoryArray array) implements Limits {

    private static final long LOWEST = 11;

    @Override
    public VolumeLimits set(VolumeId volume, VolumeLimits limits) {
        if (limits.iops().isPresent() && limits.iops().getAsLong() < LOWEST) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "no limit is below %d operations a second: %d",
                            LOWEST, limits.iops().getAsLong());
        }
        VolumeLimits real = new VolumeLimits(
                limits.iops(), limits.bandwidth().map(bandwidth -> bandwidth.roundedUpTo(ByteSize.kibibytes(1))));
        return array.locked(() -> {
            array.require(pool, volume).limits = real;
            return real;
        });
    }

    @Override
    public VolumeLimits of(VolumeId volume) {
        return array.locked(() -> array.require(pool, volume).limits);
    }
}
