package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.VolumeRecord.Place;
import io.hvkit.catalog.spi.VolumeRecord.Second;
import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.internal.volume.DiskKeys;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.Snapshot;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left in a pool beside a volume that was encrypted anew there, and how it goes; the copy that counts never does. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EncryptLeftoversTest {

    private static final long CONTENT = 0x5ea1ed;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private Path directory;

    private MoveWorld world;
    private HvKit hvkit;
    private StoragePool pool;
    private VolumeRecord volume;

    @BeforeEach
    void open() throws Exception {
        world = new MoveWorld(directory);
        volume = world.running(
                VolumeRequest.blank("data", MoveWorld.SIZE, world.from.id()).encrypted(), CONTENT);
        hvkit = world.process(Fuse.counting());
        pool = world.open(world.from.id());
    }

    @AfterEach
    void close() {
        pool.close();
        hvkit.close();
        world.catalog.close();
    }

    @Test
    void an_old_copy_that_cannot_be_removed_is_a_leftover_until_it_is_tidied_up() throws Exception {
        JobEnd<VolumeRecord> end = encryptWhileTheOldCopyIsHeld().await(PATIENCE);

        assertThat(((JobEnd.Done<VolumeRecord>) end).leftovers())
                .singleElement()
                .asString()
                .contains("remove");
        VolumeRecord left = world.record(volume);
        assertThat(left.state()).isEqualTo(VolumeRecord.State.READY);
        assertThat(left.place().copy()).isOne();
        Second second = left.second().orElseThrow();
        assertThat(second.role()).isEqualTo(Second.Role.OUTGOING);
        assertThat(second.place()).isEqualTo(volume.place());
        assertThat(second.key()).isEqualTo(volume.key());
        DiskKeys keys = new DiskKeys(world.catalog, world.vault(), world.host.id());
        for (Volume copy : pool.list()) {
            boolean isOld = copy.id().equals(MoveWorld.external(volume));
            try (Secret expected =
                            world.vault().open((isOld ? volume : left).key().orElseThrow());
                    Secret known = keys.find(new VolumeId(copy.name())).orElseThrow()) {
                assertThat(known.matches(expected)).isTrue();
            }
        }
        assertThat(failure(
                        Failure.IN_USE,
                        () -> hvkit.volumes().encrypt(volume.id()).await()))
                .hasMessageContaining("tidy");
        failure(Failure.IN_USE, () -> hvkit.volumes().tidy(volume.id()).await());
        letTheOldCopyGo();

        VolumeRecord tidy = hvkit.volumes().tidy(volume.id()).await();

        assertThat(tidy.second()).isEmpty();
        assertThat(hvkit.volumes().tidy(volume.id()).await()).isEqualTo(tidy);
        assertThat(world.keysIn(KeyRecord.State.RETIRED))
                .containsExactly(volume.key().orElseThrow());
        world.checkThatAllAgree(volume, CONTENT, "tidied up");
    }

    @Test
    void a_copy_that_cannot_be_taken_back_stays_in_the_record_until_it_is_tidied_up() throws Exception {
        world.hosts.take(CopyingHosts.Course.ENDLESS);
        Job<VolumeRecord> job = hvkit.volumes().encrypt(volume.id());
        awaitCopy(job);
        VolumeId copy = pool.list().stream()
                .map(Volume::id)
                .filter(id -> !id.equals(MoveWorld.external(volume)))
                .findAny()
                .orElseThrow();
        Snapshot held = pool.snapshots().orElseThrow().take(copy, "held");

        JobEnd<VolumeRecord> end = job.cancel(PATIENCE);

        assertThat(((JobEnd.Stopped<VolumeRecord>) end).leftovers())
                .anySatisfy(left -> assertThat(left).contains("make").contains("snapshots"));
        VolumeRecord left = world.record(volume);
        assertThat(left.place()).isEqualTo(volume.place());
        assertThat(left.second().orElseThrow().role()).isEqualTo(Second.Role.INCOMING);
        assertThat(left.second().orElseThrow().place().copy()).isOne();
        pool.snapshots().orElseThrow().delete(held.id());

        hvkit.volumes().tidy(volume.id()).await();

        assertThat(world.keysIn(KeyRecord.State.ACTIVE))
                .containsExactly(volume.key().orElseThrow());
        world.checkThatAllAgree(volume, CONTENT, "tidied up");
    }

    @Test
    void a_record_whose_second_copy_is_the_one_that_counts_removes_nothing() throws Exception {
        for (boolean isSeen : List.of(true, false)) {
            Place same = isSeen
                    ? volume.place().ofCopy(1)
                    : Place.first(world.from.id(), volume.place().format());
            beside(new Second(Second.Role.OUTGOING, same, Optional.empty()));

            assertThat(failure(
                            Failure.CORRUPT_DATA,
                            () -> hvkit.volumes().tidy(volume.id()).await()))
                    .hasMessageContaining("the copy that counts");
            assertThat(pool.find(MoveWorld.external(volume))).isPresent();
        }
        forgetSecond();
        world.checkThatAllAgree(volume, CONTENT, "nothing was touched");
    }

    @Test
    void a_record_whose_second_copy_is_another_volume_by_now_removes_nothing() throws Exception {
        VolumeId strange = pool.create(CreateVolume.blank("somebody-elses", MoveWorld.SIZE))
                .id();
        Place place = volume.place().ofCopy(1);
        beside(new Second(
                Second.Role.OUTGOING, place.seen(place.format(), known(strange), Optional.empty()), Optional.empty()));

        assertThat(failure(
                        Failure.CORRUPT_DATA,
                        () -> hvkit.volumes().tidy(volume.id()).await()))
                .hasMessageContaining("somebody-elses");

        assertThat(pool.find(strange)).isPresent();
        pool.delete(strange);
        forgetSecond();
        world.checkThatAllAgree(volume, CONTENT, "nothing was touched");
    }

    @Test
    void an_old_copy_that_a_machine_has_is_kept_even_if_its_pool_knows_of_no_use() throws Exception {
        encryptWhileTheOldCopyIsHeld().await();
        letTheOldCopyGo();
        VolumeUse use = VolumeUse.by(world.host.hostId());
        Attachment place = pool.attach(MoveWorld.external(volume), use);
        VolumeId disk = new VolumeId("old-copy");
        try (Hypervisor direct = world.hypervisor()) {
            try (Secret key = world.vault().open(volume.key().orElseThrow())) {
                Disk old = Disk.of(disk, place, volume.place().format());
                direct.hotPlug().orElseThrow().attach(MoveWorld.WEB, old.unlockedBy(key));
            }
            pool.detach(MoveWorld.external(volume), use.host(), use.reason());

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
    void a_deleted_volume_takes_along_the_old_copy_and_a_moved_one_was_tidied_up_first() throws Exception {
        encryptWhileTheOldCopyIsHeld().await();
        assertThat(failure(
                        Failure.IN_USE,
                        () -> hvkit.volumes()
                                .move(MoveRequest.of(volume.id(), world.to.id()).copied())
                                .await()))
                .hasMessageContaining("tidy");
        world.stopMachine();
        hvkit.volumes().detach(volume.id(), world.host.id(), MoveWorld.WEB).await();
        failure(Failure.IN_USE, () -> hvkit.volumes().delete(volume.id()).await());
        assertThat(pool.list()).hasSize(2);
        letTheOldCopyGo();

        hvkit.volumes().delete(volume.id()).await();

        assertThat(pool.list()).isEmpty();
        assertThat(world.keysIn(KeyRecord.State.ACTIVE)).isEmpty();
    }

    /** A snapshot that somebody takes while the copy is made holds the old one. */
    private Job<VolumeRecord> encryptWhileTheOldCopyIsHeld() throws Exception {
        world.hosts.take(CopyingHosts.Course.ENDLESS);
        Job<VolumeRecord> job = hvkit.volumes().encrypt(volume.id());
        awaitCopy(job);
        pool.snapshots().orElseThrow().take(MoveWorld.external(volume), "in-between");
        world.hosts.take(CopyingHosts.Course.STEADY);
        return job;
    }

    private void letTheOldCopyGo() throws InterruptedException {
        for (Snapshot held : pool.snapshots().orElseThrow().list(MoveWorld.external(volume))) {
            pool.snapshots().orElseThrow().delete(held.id());
        }
    }

    private static void awaitCopy(Job<VolumeRecord> job) throws InterruptedException {
        CountDownLatch copies = new CountDownLatch(1);
        job.onProgress(progress -> copies.countDown());
        assertThat(copies.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    private ExternalId known(VolumeId id) {
        ExternalId own = volume.place().externalId().orElseThrow();
        return new ExternalId(own.driver(), own.kind(), id.value(), own.observedAt());
    }

    private void beside(Second second) throws InterruptedException {
        change(Optional.of(second));
    }

    private void forgetSecond() throws InterruptedException {
        change(Optional.empty());
    }

    private void change(Optional<Second> second) throws InterruptedException {
        VolumeRecord changed = world.catalog.inTransaction(transaction -> transaction
                .volumes()
                .update(transaction.volumes().require(volume.id()).beside(second)));
        assertThat(changed.second()).isEqualTo(second);
    }

    private static DriverException failure(Failure failure, ThrowingCallable call) {
        DriverException e = catchThrowableOfType(DriverException.class, call);
        assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure);
        return e;
    }
}
