package io.hvkit.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Options;
import io.hvkit.core.Progress;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.PoolMigration;
import io.hvkit.storage.spi.PoolMigrationJob;
import io.hvkit.storage.spi.PoolMigrationVerdict;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestTemplate;

/** What a storage system must do that moves volumes between its pools. */
public abstract non-sealed class PoolMigrationContract extends StorageCases {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration SHORT = Duration.ofMillis(100);

    private PoolMigration migration;
    private StoragePool target;

    /** Made by JUnit. */
    protected PoolMigrationContract() {}

    /** Returns another pool of the same system. */
    protected abstract StorageUnderTest target();

    /** Made by JUnit. */
    @BeforeEach
    final void find() throws InterruptedException {
        migration = pool.migration().orElseThrow();
        target = connection(target());
    }

    /** Makes a volume that is removed from whichever pool it is in. */
    private Volume movable() throws InterruptedException {
        Volume made = create();
        undoLater(() -> remove(made.name(), target()));
        return made;
    }

    private static PoolMigrationVerdict verdict(PoolMigrationJob job) throws InterruptedException {
        return job.await(PATIENCE).orElseThrow();
    }

    @TestTemplate
    final void a_pool_of_the_same_system_is_reached_and_one_of_another_driver_is_not() throws InterruptedException {
        try (StoragePool stranger = new InMemoryStorageDriver()
                .open(target().pool(), InMemoryStorageDriver.TYPE, Options.parse(Set.of(), Map.of()))) {
            assertThat(migration.reaches(target)).isTrue();
            assertThat(migration.reaches(pool)).isTrue();
            assertThat(migration.reaches(stranger)).isFalse();
        }
    }

    @TestTemplate
    final void a_volume_moves_and_keeps_what_it_is() throws InterruptedException {
        Volume volume = movable();
        pool.attach(volume.id(), HOST);

        PoolMigrationJob job = migration.start(volume.id(), target);
        assertThat(verdict(job).orThrow()).isEqualTo(target().pool());
        assertThat(target.find(volume.id())).contains(volume);
        assertThat(target.uses(volume.id())).containsExactly(VolumeUse.by(HOST));
        assertThat(pool.find(volume.id())).isEmpty();
        assertThat(pool.list()).doesNotContain(volume);
        Progress progress = job.progress();
        assertThat(progress.done()).isEqualTo(progress.total());
    }

    @TestTemplate
    final void an_equal_request_confirms_the_move() throws InterruptedException {
        Volume volume = movable();

        for (int i = 0; i < REPEATS; i++) {
            assertThat(verdict(migration.start(volume.id(), target)).orThrow()).isEqualTo(target().pool());
        }
        assertThat(target.list()).containsOnlyOnce(volume);
        assertThat(migration.find(volume.id())).isEmpty();
    }

    @TestTemplate
    final void a_move_rests_is_found_by_others_and_goes_on() throws InterruptedException {
        Volume volume = movable();
        PoolMigrationJob job = migration.start(volume.id(), target);
        job.pause();
        job.pause();

        if (job.await(SHORT).isEmpty()) {
            assertThat(pool.find(volume.id())).contains(volume);
            refuses(Failure.IN_USE, () -> pool.delete(volume.id()));
            PoolMigrationJob found =
                    connection().migration().orElseThrow().find(volume.id()).orElseThrow();
            found.resume();
        }
        job.resume();
        assertThat(verdict(job).orThrow()).isEqualTo(target().pool());
    }

    @TestTemplate
    final void a_move_that_is_rolled_back_leaves_the_volume_where_it_was() throws InterruptedException {
        Volume volume = movable();
        PoolMigrationJob job = migration.start(volume.id(), target);
        job.pause();
        job.rollBack();
        job.rollBack();

        boolean moved = verdict(job).match(m -> true, f -> false, r -> false, v -> false);
        assertThat(pool.find(volume.id()).isPresent()).isEqualTo(!moved);
        assertThat(target.find(volume.id()).isPresent()).isEqualTo(moved);
        assertThat(verdict(migration.start(volume.id(), target)).orThrow()).isEqualTo(target().pool());
    }

    @TestTemplate
    final void a_name_that_the_target_has_is_not_overwritten() throws InterruptedException {
        Volume volume = movable();
        CreateVolume same = request(volume.name(), size().plus(size()));
        Volume there;
        try {
            there = target.create(same);
        } catch (DriverException e) { // names are the whole system's
            assertThat(e.failure()).isEqualTo(Failure.EXISTS_DIFFERENTLY);
            assertThat(target.findNamed(volume.name())).isEmpty();
            assertThat(pool.find(volume.id())).contains(volume);
            return;
        }

        refuses(Failure.EXISTS_DIFFERENTLY, () -> migration.start(volume.id(), target));
        assertThat(target.find(there.id())).contains(there);
        assertThat(pool.find(volume.id())).contains(volume);
    }

    @TestTemplate
    final void what_is_not_there_is_not_moved() throws InterruptedException {
        for (VolumeId foreign : foreignIds()) {
            refuses(Failure.NOT_FOUND, () -> migration.start(foreign, target));
            assertThat(migration.find(foreign)).isEmpty();
        }
        Volume here = movable();
        assertThat(migration.find(here.id())).isEmpty();
        assertThat(here.size()).isGreaterThan(ByteSize.ZERO);
    }

    @TestTemplate
    final void a_pool_of_another_system_is_no_target() throws InterruptedException {
        Volume volume = movable();
        InMemoryStorageDriver another = new InMemoryStorageDriver();
        StoragePool foreign = connection(new Elsewhere(another));

        refuses(Failure.UNSUPPORTED, () -> migration.start(volume.id(), foreign));
        assertThat(pool.find(volume.id())).contains(volume);
        assertThat(migration.find(volume.id())).isEmpty();
    }

    private record Elsewhere(InMemoryStorageDriver driver) implements StorageUnderTest {

        @Override
        public StoragePoolType type() {
            return InMemoryStorageDriver.TYPE;
        }

        @Override
        public int longestName() {
            return InMemoryStorageDriver.LONGEST_NAME;
        }
    }
}
