package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.Hypervisor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Volumes get other bytes under another key in their pool, under a machine that runs and at rest, on a host in memory. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EncryptTest {

    private static final long CONTENT = 0x5ea1ed;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private Path directory;

    private MoveWorld world;
    private HvKit hvkit;
    private VolumeRecord volume;

    @BeforeEach
    void open() throws Exception {
        world = new MoveWorld(directory);
        volume = world.running(plain().encrypted(), CONTENT);
        hvkit = world.process(Fuse.counting());
    }

    @AfterEach
    void close() {
        hvkit.close();
        world.catalog.close();
    }

    private VolumeRequest plain() {
        return VolumeRequest.blank("data", MoveWorld.SIZE, world.from.id());
    }

    /** Takes everything back and begins with another volume. */
    private void beginAgain(String name) throws Exception {
        close();
        world = new MoveWorld(Files.createDirectory(directory.resolve(name)));
        hvkit = world.process(Fuse.counting());
    }

    @Test
    void a_volume_gets_other_bytes_under_another_key_while_its_machine_runs() throws Exception {
        Job<VolumeRecord> job = hvkit.volumes().encrypt(volume.id());

        VolumeRecord anew = job.await();

        assertThat(anew.place().pool()).isEqualTo(volume.place().pool());
        assertThat(anew.place().copy()).isOne();
        assertThat(anew.place().externalId()).isNotEqualTo(volume.place().externalId());
        assertThat(anew.place().encryption()).isPresent();
        assertThat(anew.key()).isPresent().isNotEqualTo(volume.key());
        assertThat(world.keysIn(KeyRecord.State.RETIRED))
                .containsExactly(volume.key().orElseThrow());
        assertThat(kindOf(job)).isEqualTo("volume.encrypt");
        world.checkThatAllAgree(volume, CONTENT, "encrypted anew");
    }

    @Test
    void a_plain_volume_is_encrypted_while_its_machine_runs() throws Exception {
        beginAgain("plain");
        volume = world.running(plain(), CONTENT);

        VolumeRecord encrypted = hvkit.volumes().encrypt(volume.id()).await();

        assertThat(encrypted.place().format()).isEqualTo(ImageFormat.LUKS);
        assertThat(encrypted.place().encryption()).isPresent();
        assertThat(encrypted.key()).isPresent();
        assertThat(encrypted.size()).isEqualTo(volume.size());
        world.checkThatAllAgree(volume, CONTENT, "encrypted");
    }

    @Test
    void at_rest_a_host_copies_and_compares_and_an_image_stays_one() throws Exception {
        beginAgain("resting");
        volume = world.resting(plain().as(ImageFormat.QCOW2), CONTENT);

        VolumeRecord encrypted = hvkit.volumes().encrypt(volume.id()).await();
        VolumeRecord anew = hvkit.volumes().encrypt(volume.id()).await();

        assertThat(encrypted.place().format()).isEqualTo(ImageFormat.QCOW2);
        assertThat(anew.place().format()).isEqualTo(ImageFormat.QCOW2);
        assertThat(anew.key()).isPresent().isNotEqualTo(encrypted.key());
        world.checkThatAllAgree(volume, CONTENT, "encrypted at rest");
    }

    @Test
    void each_time_it_is_another_copy_and_a_volume_that_moves_away_and_back_is_the_first_one_again() throws Exception {
        assertThat(hvkit.volumes().encrypt(volume.id()).await().place().copy()).isOne();
        List<String> second = world.namesIn(world.from);
        assertThat(hvkit.volumes().encrypt(volume.id()).await().place().copy()).isEqualTo(2);
        List<String> third = world.namesIn(world.from);
        assertThat(second).hasSize(1).doesNotContainAnyElementsOf(third);

        MoveRequest away = MoveRequest.of(volume.id(), world.to.id()).copied();
        assertThat(hvkit.volumes().move(away).await().place().copy()).isZero();
        assertThat(hvkit.volumes().encrypt(volume.id()).await().place().copy()).isOne();
        MoveRequest back = MoveRequest.of(volume.id(), world.from.id()).copied();
        assertThat(hvkit.volumes().move(back).await().place().copy()).isZero();
        assertThat(hvkit.volumes().encrypt(volume.id()).await().place().copy()).isOne();

        assertThat(world.namesIn(world.from)).isEqualTo(second);
        assertThat(world.keysIn(KeyRecord.State.RETIRED)).hasSize(6);
        world.checkThatAllAgree(volume, CONTENT, "there and back");
    }

    @Test
    void afterwards_it_is_unplugged_plugged_in_grown_and_deleted_like_any_other() throws Exception {
        hvkit.volumes().encrypt(volume.id()).await();
        hvkit.volumes().detach(volume.id(), world.host.id(), MoveWorld.WEB).await();
        try (Hypervisor direct = world.hypervisor()) {
            assertThat(direct.find(MoveWorld.WEB).orElseThrow().disks()).isEmpty();
            hvkit.volumes().attach(volume.id(), world.host.id(), MoveWorld.WEB).await();
            assertThat(direct.find(MoveWorld.WEB).orElseThrow().disks())
                    .singleElement()
                    .extracting(disk -> disk.volume().value())
                    .isEqualTo(world.namesIn(world.from).get(0));
            assertThat(direct.find(MoveWorld.WEB).orElseThrow().disks())
                    .singleElement()
                    .extracting(disk -> disk.attachment().requirePath())
                    .isEqualTo(world.storage.file(MoveWorld.external(world.record(volume))));
        }
        hvkit.volumes().encrypt(volume.id()).await();
        hvkit.volumes().detach(volume.id(), world.host.id(), MoveWorld.WEB).await();
        hvkit.volumes().grow(volume.id(), ByteSize.mebibytes(4)).await();

        hvkit.volumes().delete(volume.id()).await();

        assertThat(world.namesIn(world.from)).isEmpty();
        assertThat(world.keysIn(KeyRecord.State.ACTIVE)).isEmpty();
        assertThat(world.keysIn(KeyRecord.State.RETIRED)).hasSize(3);
    }

    @Test
    void while_it_lasts_all_else_is_refused_and_a_cancel_leaves_the_bytes_that_there_were() throws Exception {
        world.hosts.take(CopyingHosts.Course.ENDLESS);
        Job<VolumeRecord> job = hvkit.volumes().encrypt(volume.id());
        CountDownLatch copies = new CountDownLatch(1);
        job.onProgress(progress -> copies.countDown());
        assertThat(copies.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();

        assertThat(world.namesIn(world.from)).hasSize(2);
        for (ThrowingCallable busy : List.<ThrowingCallable>of(
                () -> hvkit.volumes().delete(volume.id()),
                () -> hvkit.volumes().encrypt(volume.id()),
                () -> hvkit.volumes()
                        .move(MoveRequest.of(volume.id(), world.to.id()).copied()),
                () -> hvkit.volumes().rekey(volume.id()),
                () -> hvkit.volumes().tidy(volume.id()))) {
            assertThat(failure(Failure.OPERATION_PENDING, busy))
                    .hasMessageContaining(job.id().value());
        }
        JobEnd<VolumeRecord> end = job.cancel(PATIENCE);

        assertThat(end).isInstanceOf(JobEnd.Stopped.class);
        assertThat(((JobEnd.Stopped<VolumeRecord>) end).leftovers()).isEmpty();
        assertThat(world.record(volume).place()).isEqualTo(volume.place());
        assertThat(world.record(volume).key()).isEqualTo(volume.key());
        world.checkThatAllAgree(volume, CONTENT, "cancelled");
    }

    @Test
    void the_same_request_under_the_same_key_is_one_copy() throws Exception {
        VolumeRecord anew = hvkit.volumes().under("e1").encrypt(volume.id()).await();
        VolumeRecord again = hvkit.volumes().under("e1").encrypt(volume.id()).await();

        assertThat(again).isEqualTo(anew);
        assertThat(world.keysIn(KeyRecord.State.RETIRED)).hasSize(1);
        failure(Failure.EXISTS_DIFFERENTLY, () -> hvkit.volumes().under("e1").tidy(volume.id()));
    }

    private String kindOf(Job<VolumeRecord> job) throws InterruptedException {
        return world.catalog
                .inTransaction(transaction ->
                        transaction.journal().find(new RecordId<>(job.id().value())))
                .map(OperationRecord::kind)
                .orElseThrow();
    }

    private static DriverException failure(Failure failure, ThrowingCallable call) {
        DriverException e = catchThrowableOfType(DriverException.class, call);
        assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure);
        return e;
    }
}
