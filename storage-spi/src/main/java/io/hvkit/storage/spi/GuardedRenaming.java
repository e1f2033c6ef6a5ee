package io.hvkit.storage.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.core.internal.PluginBoundary;

/** Renaming by a plug-in. */
record GuardedRenaming(Renaming renaming, PluginBoundary boundary) implements Renaming {

    @Override
    public Volume rename(VolumeId id, String name) throws InterruptedException {
        Volume renamed = boundary.call("renaming.rename", () -> renaming.rename(id, name));
        if (!renamed.id().equals(id) || !renamed.name().equals(name)) {
            throw DriverException.because(Failure.DEFECT)
                    .message(
                            "%s broke its contract: it was to name volume %s '%s' and answered with %s",
                            boundary.provider(), id, name, renamed);
        }
        return renamed;
    }
}
