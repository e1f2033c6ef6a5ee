package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.storage.spi.Snapshot;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeUse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What moves leave behind, and how it goes. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MoveLeftoversTest {

    private static final long CONTENT = 0x7e57ab1e;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private Path directory;

    private MoveWorld world;
    private HvKit hvkit;
    private VolumeRecord volume;

    @BeforeEach
    void open() throws Exception {
        world = new MoveWorld(directory);
        volume = world.running(
                VolumeRequest.blank("data", MoveWorld.SIZE, world.from.id()).encrypted(), CONTENT);
        hvkit = world.process(Fuse.counting());
    }

    @AfterEach
    void close() {
        hvkit.close();
        world.catalog.close();
    }

    @Test
    void what_cannot_be_removed_afterwards_is_a_leftover_that_the_record_names_until_it_is_tidied_up()
            throws Exception {
        VolumeUse maintenance = VolumeUse.by(world.host.hostId()).because(VolumeUse.Reason.MAINTENANCE);
        try (StoragePool pool = world.open(world.from.id())) {
            pool.snapshots(); // open
            Job<VolumeRecord> job = moveWhileTheOldCopyIsHeld(pool, maintenance);

            JobEnd<VolumeRecord> end = job.await(PATIENCE);

            JobEnd.Done<VolumeRecord> done = (JobEnd.Done<VolumeRecord>) end;
            assertThat(done.leftovers()).singleElement().asString().contains("remove");
            VolumeRecord left = world.record(volume);
            assertThat(left.state()).isEqualTo(VolumeRecord.State.READY);
            assertThat(left.place().pool()).isEqualTo(world.to.id());
            assertThat(left.second().orElseThrow().role()).isEqualTo(VolumeRecord.Second.Role.OUTGOING);
            assertThat(left.second().orElseThrow().key()).isEqualTo(volume.key());
            assertThat(world.keysIn(KeyRecord.State.RETIRED)).isEmpty();
            assertRefused(Failure.IN_USE, "tidy", world.from.id());

            pool.snapshots().orElseThrow().list(MoveWorld.external(volume)).forEach(snapshot -> {
                try {
                    pool.snapshots().orElseThrow().delete(snapshot.id());
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
        }
        VolumeRecord tidy = hvkit.volumes().tidy(volume.id()).await();

        assertThat(tidy.second()).isEmpty();
        assertThat(world.keysIn(KeyRecord.State.RETIRED))
                .containsExactly(volume.key().orElseThrow());
        assertThat(hvkit.volumes().tidy(volume.id()).await()).isEqualTo(tidy);
        world.checkThatAllAgree(volume, CONTENT, "tidied up");
    }

    /** A snapshot that somebody takes in mid move holds the old copy. */
    private Job<VolumeRecord> moveWhileTheOldCopyIsHeld(StoragePool pool, VolumeUse use) throws Exception {
        world.hosts.take(CopyingHosts.Course.ENDLESS);
        Job<VolumeRecord> job = hvkit.volumes().move(toOther());
        awaitCopy(job);
        pool.snapshots().orElseThrow().take(MoveWorld.external(volume), "in-between-" + use.reason());
        world.hosts.take(CopyingHosts.Course.STEADY);
        return job;
    }

    @Test
    void a_target_that_cannot_be_removed_stays_in_the_record_with_its_key_until_it_is_tidied_up() throws Exception {
        world.hosts.take(CopyingHosts.Course.ENDLESS);
        Job<VolumeRecord> job = hvkit.volumes().move(toOther());
        awaitCopy(job);
        try (StoragePool pool = world.open(world.to.id())) {
            Snapshot held =
                    pool.snapshots().orElseThrow().take(pool.list().get(0).id(), "held");

            JobEnd<VolumeRecord> end = job.cancel(PATIENCE);

            assertThat(((JobEnd.Stopped<VolumeRecord>) end).leftovers())
                    .anySatisfy(left -> assertThat(left).contains("make").contains("snapshots"));
            VolumeRecord left = world.record(volume);
            assertThat(left.state()).isEqualTo(VolumeRecord.State.MOVING);
            assertThat(left.place()).isEqualTo(volume.place());
            assertThat(left.second().orElseThrow().role()).isEqualTo(VolumeRecord.Second.Role.INCOMING);
            assertThat(world.keysIn(KeyRecord.State.ACTIVE)).hasSize(2);
            assertRefused(Failure.IN_USE, "MOVING", world.to.id());
            failure(Failure.IN_USE, () -> hvkit.volumes().tidy(volume.id()).await());
            pool.snapshots().orElseThrow().delete(held.id());
        }
        VolumeRecord tidy = hvkit.volumes().tidy(volume.id()).await();

        assertThat(tidy.state()).isEqualTo(VolumeRecord.State.READY);
        assertThat(world.keysIn(KeyRecord.State.ACTIVE))
                .containsExactly(volume.key().orElseThrow());
        world.checkThatAllAgree(volume, CONTENT, "tidied up");
    }

    private static void awaitCopy(Job<VolumeRecord> job) throws InterruptedException {
        CountDownLatch copies = new CountDownLatch(1);
        job.onProgress(progress -> copies.countDown());
        assertThat(copies.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void an_old_copy_that_a_machine_has_is_never_removed() throws Exception {
        try (StoragePool pool = world.open(world.from.id());
                Hypervisor direct = world.hypervisor()) {
            VolumeUse use = VolumeUse.by(world.host.hostId());
            moveWhileTheOldCopyIsHeld(pool, use).await();
            pool.snapshots()
                    .orElseThrow()
                    .delete(pool.snapshots()
                            .orElseThrow()
                            .list(MoveWorld.external(volume))
                            .get(0)
                            .id());
            Attachment place = pool.attach(MoveWorld.external(volume), use);
            VolumeId disk = new VolumeId("old-copy");
            try (Secret key = world.vault().open(volume.key().orElseThrow())) {
                direct.hotPlug()
                        .orElseThrow()
                        .attach(
                                MoveWorld.WEB,
                                Disk.of(disk, place, volume.place().format()).unlockedBy(key));
            }

            assertThat(failure(
                            Failure.IN_USE,
                            () -> hvkit.volumes().tidy(volume.id()).await()))
                    .hasMessageContaining("old-copy");

            assertThat(pool.find(MoveWorld.external(volume))).isPresent();
            direct.hotPlug().orElseThrow().detach(MoveWorld.WEB, disk, PATIENCE);
        }
        hvkit.volumes().tidy(volume.id()).await();
        world.checkThatAllAgree(volume, CONTENT, "tidied up");
    }

    @Test
    void a_deleted_volume_takes_along_what_a_move_has_left_of_it() throws Exception {
        try (StoragePool pool = world.open(world.from.id())) {
            moveWhileTheOldCopyIsHeld(pool, VolumeUse.by(world.host.hostId())).await();
            world.stopMachine();
            hvkit.volumes().detach(volume.id(), world.host.id(), MoveWorld.WEB).await();
            failure(Failure.IN_USE, () -> hvkit.volumes().delete(volume.id()).await());
            pool.snapshots()
                    .orElseThrow()
                    .delete(pool.snapshots()
                            .orElseThrow()
                            .list(MoveWorld.external(volume))
                            .get(0)
                            .id());
        }
        hvkit.volumes().delete(volume.id()).await();

        assertThat(world.namesIn(world.from)).isEmpty();
        assertThat(world.namesIn(world.to)).isEmpty();
        assertThat(world.keysIn(KeyRecord.State.ACTIVE)).isEmpty();
    }

    private MoveRequest toOther() {
        return MoveRequest.of(volume.id(), world.to.id()).copied();
    }

    private void assertRefused(Failure failure, String word, RecordId<PoolRecord> pool) {
        assertThat(failure(
                        failure,
                        () -> hvkit.volumes()
                                .move(MoveRequest.of(volume.id(), pool).copied())
                                .await()))
                .hasMessageContaining(word);
    }

    private static DriverException failure(Failure failure, ThrowingCallable call) {
        DriverException e = catchThrowableOfType(DriverException.class, call);
        assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure);
        return e;
    }
}
