package io.hvkit.storage.spi;

import io.hvkit.core.VolumeId;
import io.hvkit.core.internal.PluginBoundary;

/** Limits by a plug-in. */
record GuardedLimits(Limits limits, PluginBoundary boundary) implements Limits {

    @Override
    public VolumeLimits set(VolumeId volume, VolumeLimits wanted) throws InterruptedException {
        return boundary.call("limits.set", () -> limits.set(volume, wanted));
    }

    @Override
    public VolumeLimits of(VolumeId volume) throws InterruptedException {
        return boundary.call("limits.of", () -> limits.of(volume));
    }
}
