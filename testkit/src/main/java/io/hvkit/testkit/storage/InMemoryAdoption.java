package io.hvkit.testkit.storage;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.Adoption;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import java.util.Optional;

/** Taking over volumes that were moved between shelves. */
record InMemoryAdoption(PoolId place, InMemoryPool pool) implements Adoption {

    @Override
    public Volume adopt(VolumeId id, StoragePool from) {
        if (!(from instanceof InMemoryPool other) || other.array() != pool.array()) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("pool %s is not of the system of pool %s; copy the volume", from.id(), pool.id());
        }
        InMemoryArray array = pool.array();
        return array.locked(() -> {
            if (array.find(place, id).isEmpty()) {
                InMemoryVolume moved = array.require(other.place(), id);
                requireHere(moved);
                if (array.named(place, moved.make.name()).isPresent()) {
                    throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                            .message("pool %s has another volume %s", pool.id(), moved.make.name());
                }
                moved.pool = place;
                moved.lies = Optional.empty();
            }
            return pool.described(array.require(place, id));
        });
    }

    private void requireHere(InMemoryVolume volume) {
        if (volume.lies.filter(place::equals).isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "volume %s does not lie in pool %s, but in %s",
                            volume.make.id(), pool.id(), volume.lies.orElse(volume.pool));
        }
    }
}
