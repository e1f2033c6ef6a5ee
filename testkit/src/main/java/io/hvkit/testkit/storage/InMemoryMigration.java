package io.hvkit.testkit.storage;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.PoolMigration;
import io.hvkit.storage.spi.PoolMigrationJob;
import io.hvkit.storage.spi.StoragePool;
import java.util.Optional;

/** Moves between pools in memory. */
record InMemoryMigration(PoolId pool, InMemoryArray array) implements PoolMigration {

    @Override
    public boolean reaches(StoragePool target) {
        return target instanceof InMemoryPool other && other.array() == array;
    }

    @Override
    public PoolMigrationJob start(VolumeId volume, StoragePool target) {
        if (!(target instanceof InMemoryPool other) || !reaches(target)) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("pool %s is not of the system of pool %s; copy the volume", target.id(), pool);
        }
        return array.locked(() -> array.find(other.id(), volume)
                .map(arrived -> InMemoryMove.ended(array, arrived, other.id()))
                .orElseGet(() -> underWay(array.require(pool, volume), other.id())));
    }

    private InMemoryMove underWay(InMemoryVolume volume, PoolId target) {
        Optional<InMemoryMove> present = volume.move.filter(InMemoryMove::isUnderWay);
        if (present.filter(move -> !move.target().equals(target)).isPresent()) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.NOT_APPLIED)
                    .message("volume %s is on its way to another pool; wait for it", volume.make.id());
        }
        if (present.isPresent()) {
            return present.get();
        }
        if (array.named(target, volume.make.name()).isPresent()) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("pool %s has a volume %s already", target, volume.make.name());
        }
        array.requireRoom(target, volume.size);
        InMemoryMove move = InMemoryMove.started(array, volume, target);
        volume.move = Optional.of(move);
        return move;
    }

    @Override
    public Optional<PoolMigrationJob> find(VolumeId volume) {
        return array.locked(() -> array.find(pool, volume)
                .flatMap(found -> found.move)
                .filter(InMemoryMove::isUnderWay)
                .map(move -> move));
    }
}
