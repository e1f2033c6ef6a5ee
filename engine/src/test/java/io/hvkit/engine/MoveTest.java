package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Moves of volumes under a machine that runs, on a host in memory. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MoveTest {

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
    void a_volume_moves_under_its_machine_and_gets_a_key_of_its_own() throws Exception {
        VolumeRecord moved = hvkit.volumes().move(toOther()).await();

        assertThat(moved.place().pool()).isEqualTo(world.to.id());
        assertThat(moved.key()).isPresent().isNotEqualTo(volume.key());
        assertThat(world.keysIn(KeyRecord.State.RETIRED))
                .containsExactly(volume.key().orElseThrow());
        world.checkThatAllAgree(volume, CONTENT, "moved");
    }

    @Test
    void a_volume_that_moved_goes_back_grows_and_is_deleted_like_any_other() throws Exception {
        hvkit.volumes().move(toOther()).await();
        hvkit.volumes()
                .move(MoveRequest.of(volume.id(), world.from.id()).copied().as(ImageFormat.QCOW2))
                .await();
        world.checkThatAllAgree(volume, CONTENT, "there and back");
        world.stopMachine();
        hvkit.volumes().detach(volume.id(), world.host.id(), MoveWorld.WEB).await();
        hvkit.volumes().grow(volume.id(), ByteSize.mebibytes(4)).await();

        hvkit.volumes().delete(volume.id()).await();

        assertThat(world.namesIn(world.from)).isEmpty();
        assertThat(world.namesIn(world.to)).isEmpty();
        assertThat(world.keysIn(KeyRecord.State.ACTIVE)).isEmpty();
        assertThat(world.keysIn(KeyRecord.State.RETIRED)).hasSize(3);
    }

    @Test
    void what_makes_no_sense_is_refused_before_anything_and_the_way_out_is_named() throws Exception {
        PoolRecord bare = MoveWorld.pool(hvkit, world.from.reach().zone(), "p3", InMemoryStorageDriver.BARE);
        PoolRecord own = MoveWorld.pool(hvkit, world.from.reach().zone(), "p4", InMemoryStorageDriver.SELF_ENCRYPTING);

        assertRefused(Failure.INVALID_REQUEST, "another one", world.from.id());
        assertRefused(Failure.NOT_FOUND, "no record", RecordId.random());
        assertRefused(Failure.UNSUPPORTED, "encrypts nothing", bare.id());
        assertRefused(Failure.UNSUPPORTED, "key of its own", own.id());
        assertThat(failure(
                        Failure.UNSUPPORTED,
                        () -> hvkit.volumes()
                                .move(toOther().as(ImageFormat.VMDK))
                                .await()))
                .hasMessageContaining("another format");
        assertThat(world.keysIn(KeyRecord.State.RETIRED)).isEmpty();
        world.checkThatAllAgree(volume, CONTENT, "refused");
    }

    @Test
    void of_a_volume_over_which_a_stopped_machine_has_an_overlay_nothing_is_copied_until_that_is_merged()
            throws Exception {
        long content = CONTENT + 1;
        VolumeRecord plain = world.resting(
                VolumeRequest.blank("plain", MoveWorld.SIZE, world.from.id()).as(ImageFormat.QCOW2), content);
        MachineId db = new MachineId("db-01");
        hvkit.volumes().attach(plain.id(), world.host.id(), db).await();
        Path base = world.storage.file(MoveWorld.external(plain));
        Path file = Files.write(directory.resolve("overlay"), new byte[(int) Files.size(base)]);
        InMemoryHypervisorDriver.layOver(file, base);
        Disk below = Disk.of(new VolumeId("root"), new Attachment.ImageFile(base), ImageFormat.QCOW2);
        Disk above = Disk.of(new VolumeId("overlay"), new Attachment.ImageFile(file), ImageFormat.QCOW2);
        try (Hypervisor direct = world.hypervisor()) {
            direct.start(MachineSpec.named(db.value()).with(below).keptAs(Persistence.PERSISTENT));
            MachineSnapshots snapshots = direct.machineSnapshots().orElseThrow();
            snapshots.take(db, SnapshotRequest.named(new SnapshotId("before")).onto(below.volume(), above));
            direct.stop(db, StopMode.POWER_OFF);

            for (ThrowingCallable each : List.<ThrowingCallable>of(
                    () -> hvkit.volumes()
                            .move(MoveRequest.of(plain.id(), world.to.id()))
                            .await(),
                    () -> hvkit.snapshots()
                            .take(plain.id(), io.hvkit.engine.snapshot.SnapshotRequest.named("copy", world.to.id()))
                            .await())) {
                assertThat(failure(Failure.IN_USE, each)).hasMessageContaining("merge the overlay");
            }
            assertThat(world.namesIn(world.to)).isEmpty();
            assertThat(FileBackedStorage.read(base)).isEqualTo(content);
            JobVerdict merged = snapshots
                    .merge(db, DiskMerge.of(above.over(below)))
                    .await(PATIENCE)
                    .orElseThrow();
            assertThat(merged).isInstanceOf(JobVerdict.Succeeded.class);
            direct.forget(db);
        }
        VolumeRecord moved =
                hvkit.volumes().move(MoveRequest.of(plain.id(), world.to.id())).await();
        assertThat(moved.place().pool()).isEqualTo(world.to.id());
    }

    @Test
    void a_pool_in_maintenance_and_one_without_room_take_nothing() throws Exception {
        try (StoragePool pool = world.open(world.to.id())) {
            pool.create(CreateVolume.blank("much", InMemoryStorageDriver.CAPACITY));
            assertRefused(Failure.EXHAUSTED, "left", world.to.id());
            pool.delete(pool.findNamed("much").orElseThrow().id());
        }
        hvkit.inventory().putPool(world.to.id(), Standing.MAINTENANCE);
        assertRefused(Failure.EXHAUSTED, "maintenance", world.to.id());
        world.checkThatAllAgree(volume, CONTENT, "refused");
    }

    @Test
    void a_volume_that_two_machines_have_or_that_has_snapshots_stays_where_it_is() throws Exception {
        AttachmentRecord other = world.catalog.inTransaction(transaction -> transaction
                .attachments()
                .insert(AttachmentRecord.of(volume.id(), world.host.id(), new MachineId("db-01"))));
        assertRefused(Failure.IN_USE, "db-01", world.to.id());
        world.catalog.inTransaction(transaction -> {
            transaction.attachments().delete(other);
            return other;
        });
        try (StoragePool pool = world.open(world.from.id())) {
            pool.snapshots().orElseThrow().take(MoveWorld.external(volume), "nightly");
        }
        assertRefused(Failure.IN_USE, "snapshots", world.to.id());
    }

    @Test
    void a_volume_that_somebody_uses_elsewhere_stays_where_it_is() throws Exception {
        try (StoragePool pool = world.open(world.from.id())) {
            VolumeUse known = VolumeUse.by(world.host.hostId());
            pool.attach(MoveWorld.external(volume), known.shared());
            pool.attach(
                    MoveWorld.external(volume),
                    VolumeUse.by(new HostId("stranger")).shared());
            assertRefused(Failure.IN_USE, "stranger", world.to.id());
        }
    }

    @Test
    void a_volume_of_that_name_which_no_record_tells_of_is_never_touched() throws Exception {
        String name =
                hvkit.volumes().move(toOther()).await().place().externalId().isPresent() ? nameIn(world.to) : "";
        hvkit.volumes()
                .move(MoveRequest.of(volume.id(), world.from.id()).copied())
                .await();
        try (StoragePool pool = world.open(world.to.id())) {
            pool.create(CreateVolume.blank(name, MoveWorld.SIZE));

            assertRefused(Failure.EXISTS_DIFFERENTLY, name, world.to.id());

            assertThat(pool.findNamed(name)).isPresent();
        }
    }

    @Test
    void while_a_volume_moves_all_else_is_refused_and_a_cancel_leaves_it_where_it_was() throws Exception {
        world.hosts.take(CopyingHosts.Course.ENDLESS);
        Job<VolumeRecord> job = hvkit.volumes().move(toOther());
        CountDownLatch copies = new CountDownLatch(1);
        job.onProgress(progress -> copies.countDown());
        assertThat(copies.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();

        assertThat(hvkit.volumes().find(volume.id()).orElseThrow().state()).isEqualTo(VolumeRecord.State.MOVING);
        for (ThrowingCallable busy : List.<ThrowingCallable>of(
                () -> hvkit.volumes().delete(volume.id()),
                () -> hvkit.volumes().grow(volume.id(), ByteSize.mebibytes(4)),
                () -> hvkit.volumes().move(toOther()),
                () -> hvkit.volumes().tidy(volume.id()),
                () -> hvkit.volumes().detach(volume.id(), world.host.id(), MoveWorld.WEB))) {
            assertThat(failure(Failure.OPERATION_PENDING, busy))
                    .hasMessageContaining(job.id().value());
        }
        JobEnd<VolumeRecord> end = job.cancel(PATIENCE);

        assertThat(end).isInstanceOf(JobEnd.Stopped.class);
        assertThat(((JobEnd.Stopped<VolumeRecord>) end).leftovers()).isEmpty();
        assertThat(world.record(volume).place()).isEqualTo(volume.place());
        assertThat(world.keysIn(KeyRecord.State.RETIRED)).hasSize(1);
        world.checkThatAllAgree(volume, CONTENT, "cancelled");
    }

    @Test
    void a_volume_at_rest_is_compared_before_anybody_is_to_use_the_copy_and_the_former_one_goes_last()
            throws Exception {
        world.stopMachine();
        Job<VolumeRecord> job = hvkit.volumes().move(toOther());
        assertThat(job.await().place().pool()).isEqualTo(world.to.id());

        List<String> steps = world
                .catalog
                .inTransaction(transaction ->
                        transaction.journal().find(new RecordId<>(job.id().value())))
                .orElseThrow()
                .steps()
                .stream()
                .map(OperationRecord.Step::name)
                .toList();
        assertThat(steps).containsSubsequence("make", "lend", "copy", "compare", "close", "switch", "remove");
        assertThat(steps).doesNotHaveDuplicates().endsWith("remove");
    }

    @Test
    void a_volume_of_which_two_copies_are_there_counts_once() throws Exception {
        VolumeRecord owned = world.plugged(
                VolumeRequest.blank("owned", MoveWorld.SIZE, world.from.id())
                        .encrypted()
                        .ownedBy(Counted.OWNER),
                CONTENT);
        Amounts once = hvkit.usage().held(Counted.OWNER);
        assertThat(once)
                .isEqualTo(Amounts.of(
                        Map.of("volume", 1L, "primary_storage", owned.size().bytes())));
        world.hosts.take(CopyingHosts.Course.ENDLESS);
        Job<VolumeRecord> job =
                hvkit.volumes().move(MoveRequest.of(owned.id(), world.to.id()).copied());
        CountDownLatch copies = new CountDownLatch(1);
        job.onProgress(progress -> copies.countDown());
        assertThat(copies.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();

        assertThat(world.record(owned).second()).as("there are two").isPresent();
        assertThat(world.namesIn(world.to)).hasSize(1);
        assertThat(hvkit.usage().held(Counted.OWNER)).isEqualTo(once);
        assertThat(hvkit.usage().drift()).isEmpty();
        assertThat(job.cancel(PATIENCE)).isInstanceOf(JobEnd.Stopped.class);

        assertThat(hvkit.usage().held(Counted.OWNER)).isEqualTo(once);
        assertThat(hvkit.usage().drift()).isEmpty();
    }

    @Test
    void a_cancel_that_comes_when_the_machine_was_switched_comes_too_late() throws Exception {
        world.hosts.whenSwitched(() -> {
            try {
                hvkit.jobs().find(hvkit.jobs().open().get(0).id()).orElseThrow().cancel(Duration.ZERO);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });

        VolumeRecord moved = hvkit.volumes().move(toOther()).await();

        assertThat(moved.place().pool()).isEqualTo(world.to.id());
        world.checkThatAllAgree(volume, CONTENT, "cancelled too late");
    }

    @Test
    void a_machine_that_ends_in_mid_copy_keeps_its_disk_where_it_was() throws Exception {
        world.hosts.take(CopyingHosts.Course.ENDLESS);
        Job<VolumeRecord> job = hvkit.volumes().move(toOther());
        CountDownLatch copies = new CountDownLatch(1);
        job.onProgress(progress -> copies.countDown());
        assertThat(copies.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();

        world.stopMachine();

        assertThat(failure(Failure.NOT_FOUND, job::await)).hasMessageContaining("ended");
        world.start(world.record(volume), "again");
        world.checkThatAllAgree(volume, CONTENT, "ended");
    }

    @Test
    void a_volume_whose_machine_its_host_remembers_does_not_move_while_that_does_not_run() throws Exception {
        world.stopMachine();
        try (Hypervisor direct = world.hypervisor();
                StoragePool pool = world.open(world.from.id())) {
            Disk disk = Disk.of(
                    new VolumeId("remembered"),
                    pool.attach(MoveWorld.external(volume), VolumeUse.by(world.host.hostId())),
                    ImageFormat.RAW);
            direct.define(MachineSpec.named(MoveWorld.WEB.value()).with(disk).keptAs(Persistence.PERSISTENT));

            assertRefused(Failure.IN_USE, "forget", world.to.id());

            direct.forget(MoveWorld.WEB);
        }
        hvkit.volumes().move(toOther()).await();
        world.checkThatAllAgree(volume, CONTENT, "at rest");
    }

    @Test
    void a_copy_that_is_not_what_it_should_be_is_found_out_and_removed() throws Exception {
        world.stopMachine();
        world.storage.rotFromNowOn();

        assertRefused(Failure.CORRUPT_DATA, "no copy", world.to.id());

        world.checkThatAllAgree(volume, CONTENT, "rotten");
    }

    @Test
    void the_same_request_under_the_same_key_is_one_move() throws Exception {
        VolumeRecord moved = hvkit.volumes().under("m1").move(toOther()).await();
        VolumeRecord again = hvkit.volumes().under("m1").move(toOther()).await();

        assertThat(again).isEqualTo(moved);
        assertThat(world.keysIn(KeyRecord.State.RETIRED)).hasSize(1);
        failure(
                Failure.EXISTS_DIFFERENTLY,
                () -> hvkit.volumes()
                        .under("m1")
                        .move(MoveRequest.of(volume.id(), world.from.id()).copied()));
    }

    private MoveRequest toOther() {
        return MoveRequest.of(volume.id(), world.to.id()).copied();
    }

    private String nameIn(PoolRecord pool) throws InterruptedException {
        try (StoragePool open = world.open(pool.id())) {
            return open.list().get(0).name();
        }
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
