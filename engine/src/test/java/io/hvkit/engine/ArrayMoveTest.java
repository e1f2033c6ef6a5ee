package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.MovingStorage.Course;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.PoolMigrationJob;
import io.hvkit.storage.spi.PoolMigrationVerdict;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Volumes that their storage system itself brings to another of its pools. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ArrayMoveTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration LEASE = Duration.ofMinutes(1);
    private static final MachineId WEB = new MachineId("web-01");
    private static final byte CONTENT = 77;

    @TempDir
    private Path directory;

    private Path keys;

    @BeforeEach
    void makeKeys() {
        keys = directory.resolve("kek");
        MasterKeyFile.create(keys);
    }

    /** A catalog and two pools of one system that outlive processes, with an encrypted volume that a machine uses. */
    private final class World {
        private final AtomicLong seconds = new AtomicLong(1_767_225_600);
        private final InMemoryCatalog catalog = InMemoryCatalog.on(this::now);
        private final InMemoryStorageDriver storage = new InMemoryStorageDriver();
        private final InMemoryHypervisorDriver hypervisors = new InMemoryHypervisorDriver();
        private final AtomicReference<Course> course = new AtomicReference<>(Course.STEADY);
        private final PoolRecord from;
        private final PoolRecord to;
        private final HostRecord host;
        private final VolumeRecord volume;

        World() throws InterruptedException {
            try (HvKit hvkit = process(Fuse.counting())) {
                RecordId<ZoneRecord> zone = hvkit.inventory().addZone("z1").id();
                RecordId<ClusterRecord> cluster = hvkit.inventory()
                        .addCluster(zone, "c1", InMemoryHypervisorDriver.TYPE)
                        .id();
                host = hvkit.inventory().addHost(cluster, HostRequest.named("h1"));
                from = MoveWorld.pool(hvkit, zone, "p1", InMemoryStorageDriver.TYPE);
                to = MoveWorld.pool(hvkit, zone, "p2", InMemoryStorageDriver.TYPE);
                volume = hvkit.volumes()
                        .create(VolumeRequest.blank("data", ByteSize.gibibytes(1), from.id())
                                .encrypted())
                        .await();
                hvkit.volumes().attach(volume.id(), host.id(), WEB).await();
            }
            storage.write(MoveWorld.external(volume), CONTENT);
        }

        private Instant now() {
            return Instant.ofEpochSecond(seconds.get());
        }

        HvKit process(Fuse fuse) {
            Catalog seen = fuse.around(catalog.another());
            return HvKit.open(HvKitConfig.on(seen)
                    .timedBy(this::now)
                    .keysFrom(KeyProvider.file(keys))
                    .endPointsFrom(known -> Optional.of(storage.endPoint(known.hostId())))
                    .runBy(job -> {
                        Thread thread = new Thread(job, job.toString());
                        thread.setUncaughtExceptionHandler(
                                (dead, crash) -> assertThat(crash).isInstanceOf(Fuse.Crash.class));
                        thread.start();
                    })
                    .driversFrom(
                            HypervisorDrivers.of(List.of(hypervisors)),
                            StorageDrivers.of(List.of(new MovingStorage(storage, fuse, course)))));
        }

        MoveRequest move() {
            return MoveRequest.of(volume.id(), to.id());
        }

        StoragePool open(PoolRecord pool) throws InterruptedException {
            return StorageDrivers.of(List.of(storage))
                    .forType(InMemoryStorageDriver.TYPE)
                    .open(pool.poolId(), InMemoryStorageDriver.TYPE, Options.parse(List.of(), Map.of()));
        }

        VolumeRecord record() throws InterruptedException {
            return catalog.inTransaction(transaction -> transaction.volumes().require(volume.id()));
        }

        void run(Fuse fuse, boolean isFirst) throws InterruptedException {
            HvKit hvkit = process(fuse);
            try {
                if (isFirst) {
                    hvkit.volumes().move(move()).await();
                } else {
                    hvkit.recover();
                }
            } catch (Fuse.Crash | RuntimeException e) {
                // dead, or refused: what is left is looked at afterwards
            } finally {
                try {
                    hvkit.close();
                } catch (Fuse.Crash e) {
                    // the dead close nothing
                }
            }
            seconds.addAndGet(LEASE.toSeconds());
        }

        /** Both pools say what the record says, and all else of the volume is what it was. */
        String checkThatAllAgree(String when) throws InterruptedException {
            VolumeRecord now = record();
            PoolRecord at = now.place().pool().equals(from.id()) ? from : to;
            VolumeId id = MoveWorld.external(volume);
            assertThat(now.state()).as(when).isEqualTo(VolumeRecord.State.READY);
            assertThat(now.second()).as(when).isEmpty();
            assertThat(MoveWorld.external(now)).as(when).isEqualTo(id);
            assertThat(now.place().broughtTo(from.id()))
                    .as(when)
                    .usingRecursiveComparison()
                    .ignoringFields("externalId.value.observedAt")
                    .isEqualTo(volume.place());
            assertThat(now.key()).as(when).isEqualTo(volume.key());
            assertThat(now.size()).as(when).isEqualTo(volume.size());
            PoolRecord other = at.equals(from) ? to : from;
            assertThat(open(other).list()).as(when).isEmpty();
            assertThat(open(at).list()).as(when).extracting(Volume::id).containsExactly(id);
            assertThat(open(at).migration().orElseThrow().find(id)).as(when).isEmpty();
            assertThat(open(at).uses(id)).as(when).containsExactly(VolumeUse.by(host.hostId()));
            assertThat(storage.read(id)).as(when).isEqualTo(CONTENT);
            List<RecordId<KeyRecord>> needed = catalog.inTransaction(
                    transaction -> transaction.keys().where(KeyRecord.STATE, KeyRecord.State.ACTIVE).stream()
                            .map(KeyRecord::id)
                            .toList());
            assertThat(needed).as(when).containsExactly(volume.key().orElseThrow());
            return at.equals(to) ? "finished" : "taken back";
        }
    }

    @Test
    void a_volume_goes_by_its_storage_and_keeps_its_key_its_name_its_snapshots_and_its_use() throws Exception {
        World world = new World();
        VolumeId id = MoveWorld.external(world.volume);
        String name = world.open(world.from).find(id).orElseThrow().name();
        world.open(world.from).snapshots().orElseThrow().take(id, "kept");

        try (HvKit hvkit = world.process(Fuse.counting())) {
            VolumeRecord moved = hvkit.volumes().move(world.move()).await();

            assertThat(moved.place().pool()).isEqualTo(world.to.id());
            assertThat(moved.place().home()).isEqualTo(world.from.id());
            assertThat(world.open(world.to).find(id).orElseThrow().name()).isEqualTo(name);
            assertThat(world.open(world.to).snapshots().orElseThrow().list(id)).hasSize(1);
            assertThat(world.checkThatAllAgree("moved")).isEqualTo("finished");

            VolumeRecord back = hvkit.volumes()
                    .move(MoveRequest.of(world.volume.id(), world.from.id()))
                    .await();
            assertThat(back.place().home()).isEqualTo(back.place().pool());
            assertThat(world.checkThatAllAgree("moved back")).isEqualTo("taken back");
        }
    }

    @Test
    void copies_that_are_made_of_it_later_are_called_otherwise_wherever_they_are() throws Exception {
        World world = new World();
        try (HvKit hvkit = world.process(Fuse.counting())) {
            hvkit.volumes().detach(world.volume.id(), world.host.id(), WEB).await();
            hvkit.volumes().move(world.move()).await();

            VolumeRecord anew = hvkit.volumes().encrypt(world.volume.id()).await();
            assertThat(anew.place().pool()).isEqualTo(world.to.id());
            assertThat(anew.place().home()).isEqualTo(world.to.id());

            hvkit.volumes()
                    .move(MoveRequest.of(world.volume.id(), world.from.id()))
                    .await();
            VolumeRecord again = hvkit.volumes().encrypt(world.volume.id()).await();
            assertThat(again.place().pool()).isEqualTo(world.from.id());
            assertThat(again.place().home()).isEqualTo(world.from.id());

            hvkit.volumes().move(world.move()).await();
            VolumeRecord copied = hvkit.volumes()
                    .move(MoveRequest.of(world.volume.id(), world.from.id()).copied())
                    .await();
            assertThat(copied.place().home()).isEqualTo(world.from.id());
            assertThat(copied.place().copy()).isEqualTo(1);
            assertThat(world.open(world.to).list()).isEmpty();
            assertThat(world.open(world.from).list()).hasSize(1);
            hvkit.volumes().delete(world.volume.id()).await();
            assertThat(world.open(world.from).list()).isEmpty();
        }
    }

    @Test
    void it_is_copied_if_that_is_asked_for_or_it_is_to_be_more_than_it_was() throws Exception {
        World world = new World();
        try (HvKit hvkit = world.process(Fuse.counting())) {
            hvkit.volumes().detach(world.volume.id(), world.host.id(), WEB).await();

            VolumeRecord copied = hvkit.volumes().move(world.move().copied()).await();

            assertThat(copied.place().home()).isEqualTo(world.to.id());
            assertThat(copied.key()).isNotEqualTo(world.volume.key());

            VolumeRecord plain = hvkit.volumes()
                    .create(VolumeRequest.blank("plain", ByteSize.gibibytes(1), world.from.id()))
                    .await();
            VolumeRecord encrypted = hvkit.volumes()
                    .move(MoveRequest.of(plain.id(), world.to.id()).encrypted())
                    .await();
            assertThat(encrypted.key()).isPresent();
            assertThat(encrypted.place().home()).isEqualTo(world.to.id());
        }
    }

    @Test
    void a_cancel_has_the_storage_bring_it_back() throws Exception {
        World world = new World();
        world.course.set(Course.ENDLESS);
        try (HvKit hvkit = world.process(Fuse.counting())) {
            JobEnd<VolumeRecord> end = underWay(hvkit, world).cancel(PATIENCE);

            assertThat(end).isInstanceOf(JobEnd.Stopped.class);
            assertThat(((JobEnd.Stopped<VolumeRecord>) end).leftovers()).isEmpty();
            assertThat(world.checkThatAllAgree("cancelled")).isEqualTo("taken back");
        }
    }

    @Test
    void a_volume_that_arrives_in_spite_of_a_cancel_is_brought_back_or_is_there_as_its_record_says() throws Exception {
        World world = new World();
        world.course.set(Course.TOO_FAST);
        try (HvKit hvkit = world.process(Fuse.counting())) {
            JobEnd<VolumeRecord> end = underWay(hvkit, world).cancel(PATIENCE);

            String where = end instanceof JobEnd.Done ? "finished" : "taken back";
            assertThat(world.checkThatAllAgree("cancelled late")).isEqualTo(where);
        }
    }

    @Test
    void a_move_that_could_not_be_taken_back_is_tidied_up_by_looking_where_the_volume_is() throws Exception {
        World world = new World();
        world.course.set(Course.TOO_FAST_AND_SILENT);
        try (HvKit hvkit = world.process(Fuse.counting())) {
            JobEnd<VolumeRecord> end = underWay(hvkit, world).cancel(PATIENCE);

            assertThat(((JobEnd.Stopped<VolumeRecord>) end).leftovers()).isNotEmpty();
            assertThat(world.record().state()).isEqualTo(VolumeRecord.State.MOVING);
            world.course.set(Course.STEADY);
            VolumeRecord tidied = hvkit.volumes().tidy(world.volume.id()).await();

            assertThat(tidied.place().pool()).isEqualTo(world.to.id());
            assertThat(world.checkThatAllAgree("tidied up")).isEqualTo("finished");
        }
    }

    @Test
    void a_volume_that_is_on_its_way_back_when_it_is_tidied_up_stays_where_its_record_says() throws Exception {
        World world = new World();
        world.course.set(Course.TOO_FAST_AND_SILENT);
        try (HvKit hvkit = world.process(Fuse.counting());
                StoragePool to = world.open(world.to);
                StoragePool from = world.open(world.from)) {
            JobEnd<VolumeRecord> end = underWay(hvkit, world).cancel(PATIENCE);
            assertThat(((JobEnd.Stopped<VolumeRecord>) end).leftovers()).isNotEmpty();
            world.course.set(Course.STEADY);
            PoolMigrationJob back = to.migration().orElseThrow().start(MoveWorld.external(world.volume), from);
            back.pause();

            hvkit.volumes().tidy(world.volume.id()).await();

            assertThat(back.await(Duration.ZERO)).contains(new PoolMigrationVerdict.RolledBack());
            assertThat(world.checkThatAllAgree("tidied up")).isEqualTo("finished");
        }
    }

    private static Job<VolumeRecord> underWay(HvKit hvkit, World world) throws InterruptedException {
        Job<VolumeRecord> job = hvkit.volumes().move(world.move());
        CountDownLatch moves = new CountDownLatch(1);
        job.onProgress(progress -> moves.countDown());
        assertThat(moves.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(hvkit.volumes().find(world.volume.id()).orElseThrow().state())
                .isEqualTo(VolumeRecord.State.MOVING);
        return job;
    }

    @Test
    void a_move_that_fails_at_the_storage_leaves_the_volume_where_it_was_and_says_why() throws Exception {
        World world = new World();
        for (Course course : List.of(Course.FAILING, Course.TAKEN_BACK)) {
            world.course.set(course);
            try (HvKit hvkit = world.process(Fuse.counting())) {
                DriverException e = catchThrowableOfType(
                        DriverException.class,
                        () -> hvkit.volumes().move(world.move()).await());

                assertThat(e.failure())
                        .isEqualTo(course == Course.FAILING ? Failure.EXHAUSTED : Failure.OPERATION_PENDING);
                assertThat(e).hasMessageContaining(course == Course.FAILING ? "the pool is full" : "somebody else");
                assertThat(world.checkThatAllAgree(course.name())).isEqualTo("taken back");
            }
        }
    }

    @Test
    void it_does_not_go_to_a_pool_that_its_host_does_not_reach() throws Exception {
        World world = new World();
        try (HvKit hvkit = world.process(Fuse.counting())) {
            RecordId<ZoneRecord> elsewhere = hvkit.inventory().addZone("z2").id();
            PoolRecord far = MoveWorld.pool(hvkit, elsewhere, "far", InMemoryStorageDriver.TYPE);

            DriverException e = catchThrowableOfType(
                    DriverException.class,
                    () -> hvkit.volumes()
                            .move(MoveRequest.of(world.volume.id(), far.id()))
                            .await());

            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
            assertThat(world.checkThatAllAgree("refused")).isEqualTo("taken back");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"STEADY", "FAILING"})
    void whenever_a_process_dies_and_the_next_one_too_recovery_makes_all_agree(Course course) throws Exception {
        Fuse whole = Fuse.counting();
        World calm = new World();
        calm.course.set(course);
        calm.run(whole, true);
        calm.checkThatAllAgree("nothing happened");

        Set<String> ends = new TreeSet<>();
        Set<Integer> moments = new TreeSet<>(Moments.each(Moments.apart(3), whole.moments()));
        moments.addAll(List.of(1, whole.moments()));
        for (int first : moments) {
            int apart = Moments.ARE_ALL_TRIED ? 3 : whole.moments();
            for (int second = 1 + Moments.draw(first, apart); second <= whole.moments(); second += apart) {
                String when = course + " died at moment " + first + ", the one that recovers at moment " + second + ", "
                        + Moments.seed();
                World world = new World();
                world.course.set(course);
                world.run(Fuse.burningAt(first), true);
                world.run(Fuse.burningAt(second), false);
                try (HvKit hvkit = world.process(Fuse.counting())) {
                    assertThat(hvkit.recover().with(RecoveryReport.Verdict.HALTED))
                            .as(when)
                            .isEmpty();
                    ends.add(world.checkThatAllAgree(when));
                }
            }
        }
        assertThat(whole.moments()).isGreaterThan(20);
        assertThat(ends)
                .containsExactlyElementsOf(
                        course == Course.STEADY ? List.of("finished", "taken back") : List.of("taken back"));
        assertThat(calm.catalog.<List<AttachmentRecord>>inTransaction(
                        transaction -> transaction.attachments().where(AttachmentRecord.VOLUME, calm.volume.id())))
                .hasSize(1);
    }
}
