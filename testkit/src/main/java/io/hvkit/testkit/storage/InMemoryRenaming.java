package io.hvkit.testkit.storage;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.Renaming;
import io.hvkit.storage.spi.Volume;

/** Other names in memory. */
record InMemoryRenaming(PoolId pool, InMemoryArray array) implements Renaming {

    @Override
    public Volume rename(VolumeId id, String name) {
        array.requireName(name);
        return array.locked(() -> {
            InMemoryVolume volume = array.require(pool, id);
            array.named(pool, name).filter(other -> other != volume).ifPresent(other -> {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message("pool %s has another volume %s", pool, name);
            });
            volume.make = volume.make.named(name);
            return volume.describe();
        });
    }
}
