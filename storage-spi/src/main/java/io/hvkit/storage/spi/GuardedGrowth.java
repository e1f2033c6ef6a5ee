package io.hvkit.storage.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.core.internal.PluginBoundary;

/** Growth by a plug-in. */
record GuardedGrowth(Growth growth, PluginBoundary boundary) implements Growth {

    @Override
    public Volume growTo(VolumeId id, ByteSize size) throws InterruptedException {
        return checked(id, size, () -> growth.growTo(id, size));
    }

    @Override
    public Volume growTo(VolumeId id, ByteSize size, Secret key) throws InterruptedException {
        Keys.requireNotWiped(key, "of volume " + id);
        return checked(id, size, () -> growth.growTo(id, size, key));
    }

    private Volume checked(VolumeId id, ByteSize size, PluginBoundary.Call<Volume> call) throws InterruptedException {
        if (size.equals(ByteSize.ZERO) || !size.isMultipleOf(ByteSize.bytes(512))) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a volume has a whole number of 512 bytes, at least one, not %s", size);
        }
        Volume grown = boundary.call("growth.growTo", call);
        if (!grown.id().equals(id) || grown.size().compareTo(size) < 0) {
            throw DriverException.because(Failure.DEFECT)
                    .message(
                            "%s broke its contract: it was to grow volume %s to %s and answered with %s",
                            boundary.provider(), id, size, grown);
        }
        return grown;
    }
}
