package io.hvkit.storage.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.VolumeId;
import io.hvkit.core.internal.PluginBoundary;
import java.util.Optional;
import java.util.function.Function;

/** Taking over by a plug-in, from pools of its own that {@code unguarded} gives back without their guard. */
record GuardedAdoption(
        Adoption adoption, PluginBoundary boundary, PoolId pool, Function<StoragePool, Optional<StoragePool>> unguarded)
        implements Adoption {

    @Override
    public Volume adopt(VolumeId volume, StoragePool from) throws InterruptedException {
        StoragePool real = unguarded
                .apply(from)
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .message(
                                "pool %s is not of the same storage system as pool %s, and nothing of it lies here; copy"
                                        + " the volume instead",
                                from.id(), pool));
        Volume adopted = boundary.call("adoption.adopt", () -> adoption.adopt(volume, real));
        if (!adopted.id().equals(volume) || adopted.liesIn().isPresent()) {
            throw DriverException.because(Failure.DEFECT)
                    .message(
                            "%s broke its contract: pool %s was to take over volume %s, and answered with %s",
                            boundary.provider(), pool, volume, adopted);
        }
        return adopted;
    }
}
