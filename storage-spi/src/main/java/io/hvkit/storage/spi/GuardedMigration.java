package io.hvkit.storage.spi;

import io.hvkit.core.Progress;
import io.hvkit.core.VolumeId;
import io.hvkit.core.internal.PluginBoundary;
import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Moves by a plug-in, to pools that {@code admitted} lets through. */
record GuardedMigration(PoolMigration migration, PluginBoundary boundary, UnaryOperator<StoragePool> admitted)
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
    public PoolMigrationJob start(VolumeId volume, StoragePool target) throws InterruptedException {
        StoragePool real = admitted.apply(target);
        return new Job(boundary.call("migration.start", () -> migration.start(volume, real)), boundary);
    }

    @Override
    public Optional<PoolMigrationJob> find(VolumeId volume) throws InterruptedException {
        return boundary.call("migration.find", () -> migration.find(volume)).map(job -> new Job(job, boundary));
    }
}
