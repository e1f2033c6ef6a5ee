package io.hvkit.engine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.Progress;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.storage.spi.PoolMigration;
import io.hvkit.storage.spi.PoolMigrationJob;
import io.hvkit.storage.spi.PoolMigrationVerdict;
import io.hvkit.storage.spi.StoragePool;
import java.time.Duration;
import java.util.Optional;

/** Moves of volumes by a {@link ChaosArray} itself, to another of its pools of blocks. */
record ChaosMigration(ChaosArray array, PoolId pool, Fuse fuse) implements PoolMigration {

    /** Returns these moves as a process sees them to whose calls something happens. */
    ChaosMigration seenThrough(Fuse other) {
        return new ChaosMigration(array, pool, other);
    }

    @Override
    public boolean reaches(StoragePool target) {
        return FusedStorage.unfused(target).type().equals(ChaosStorage.BLOCKS);
    }

    @Override
    public PoolMigrationJob start(VolumeId volume, StoragePool target) {
        fuse.burn();
        PoolId to = FusedStorage.unfused(target).id();
        ChaosMove move = array.locked(() -> started(volume, to));
        fuse.burn();
        return new Seen(move, fuse);
    }

    private ChaosMove started(VolumeId volume, PoolId to) {
        Optional<ChaosArray.Thing> there = array.find(to, volume);
        if (there.isPresent()) {
            return ChaosMove.ended(array, there.get(), to);
        }
        ChaosArray.Thing thing = array.require(pool, volume);
        Optional<ChaosMove> known = thing.move.filter(ChaosMove::isUnderWay);
        if (known.isPresent() && !known.get().target().equals(to)) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "volume %s is on its way to %s", volume, known.get().target());
        }
        if (array.named(to, thing.name).isPresent()) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .effect(Effect.NOT_APPLIED)
                    .message("pool %s has another volume %s", to, thing.name);
        }
        ChaosMove move = known.orElseGet(() -> ChaosMove.begun(array, thing, to));
        thing.move = Optional.of(move);
        return move;
    }

    @Override
    public Optional<PoolMigrationJob> find(VolumeId volume) {
        fuse.burn();
        return array.locked(() -> array.find(pool, volume)
                .flatMap(thing -> thing.move)
                .filter(ChaosMove::isUnderWay)
                .map(move -> new Seen(move, fuse)));
    }

    /** A move, with a moment before and after each call. */
    private record Seen(ChaosMove move, Fuse fuse) implements PoolMigrationJob {

        @Override
        public Progress progress() {
            return move.progress();
        }

        @Override
        public Optional<PoolMigrationVerdict> await(Duration limit) {
            fuse.burn();
            Optional<PoolMigrationVerdict> verdict = move.await(limit);
            fuse.burn();
            return verdict;
        }

        @Override
        public void pause() {
            move.pause();
        }

        @Override
        public void resume() {
            move.resume();
        }

        @Override
        public void rollBack() {
            fuse.burn();
            move.rollBack();
            fuse.burn();
        }
    }
}
