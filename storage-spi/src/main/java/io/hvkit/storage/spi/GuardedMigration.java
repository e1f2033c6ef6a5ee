package io.hvkit.storage.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.Progress;
import io.hvkit.core.VolumeId;
import io.hvkit.core.internal.PluginBoundary;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/** Moves by a plug-in, to pools of its own that {@code unguarded} gives back without their guard. */
record GuardedMigration(
        PoolMigration migration,
        PluginBoundary boundary,
        PoolId pool,
        Function<StoragePool, Optional<StoragePool>> unguarded)
        implements PoolMigration {

    private record Job(PoolMigrationJob job, PluginBoundary boundary) implements PoolMigrationJob {

        @Override
        public Progress progress() throws InterruptedException {
            return boundary.call("migration.progress", job::progress);
        }

        @Override
        public Optional<PoolMigrationVerdict> await(Duration limit) throws InterruptedException {
            return boundary.call("migration.await", () -> job.await(limit));
        }

        @Override
        public void pause() throws InterruptedException {
            boundary.act("migration.pause", job::pause);
        }

        @Override
        public void resume() throws InterruptedException {
            boundary.act("migration.resume", job::resume);
        }

        @Override
        public void rollBack() throws InterruptedException {
            boundary.act("migration.rollBack", job::rollBack);
        }
    }

    @Override
    public boolean reaches(StoragePool target) {
        return unguarded
                .apply(target)
                .map(real -> boundary.ask("migration.reaches", () -> migration.reaches(real)))
                .orElse(false);
    }

    @Override
    public PoolMigrationJob start(VolumeId volume, StoragePool target) throws InterruptedException {
        StoragePool real = unguarded
                .apply(target)
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .message(
                                "pool %s is not of the same storage system as pool %s; copy the volume instead",
                                target.id(), pool));
        return new Job(boundary.call("migration.start", () -> migration.start(volume, real)), boundary);
    }

    @Override
    public Optional<PoolMigrationJob> find(VolumeId volume) throws InterruptedException {
        return boundary.call("migration.find", () -> migration.find(volume)).map(job -> new Job(job, boundary));
    }
}
