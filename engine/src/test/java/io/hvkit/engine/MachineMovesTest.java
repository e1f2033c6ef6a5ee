package io.hvkit.engine;

import static io.hvkit.engine.Refusals.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.machine.HostRejection;
import io.hvkit.engine.machine.HostSelection;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.machine.MigrateRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MachineMovesTest {

    @TempDir
    private Path directory;

    private MachineWorld world;
    private HvKit hvkit;

    @BeforeEach
    void open() throws Exception {
        world = new MachineWorld(directory);
        hvkit = world.calm();
    }

    @AfterEach
    void close() throws Exception {
        hvkit.close();
    }

    private MachineRequest web() throws InterruptedException {
        return world.request(hvkit, "web-01");
    }

    private HostRecord hostOf(MachineRecord machine) {
        return machine.host().filter(world.one.id()::equals).isPresent() ? world.one : world.two;
    }

    private static List<HostRejection.Reason> reasons(HostSelection selection, HostRecord host) {
        return selection.against(host.id()).stream().map(HostRejection::reason).toList();
    }

    @Test
    void a_machine_moves_with_its_disks_and_leaves_nothing() throws Exception {
        MachineRecord web = hvkit.machines().start(web()).await();

        MachineRecord moved =
                hvkit.machines().migrate(MigrateRequest.of(web.id())).await();

        assertThat(moved.host()).isPresent().isNotEqualTo(web.host());
        assertThat(moved.state()).isEqualTo(MachineRecord.State.RUNNING);
        world.checkThatAllAgree("moved");
        assertThat(hvkit.machines()
                        .migrate(MigrateRequest.of(web.id()).to(moved.host().orElseThrow()))
                        .await())
                .isEqualTo(moved);
        MachineRecord back = hvkit.machines()
                .migrate(MigrateRequest.of(web.id()).to(web.host().orElseThrow()))
                .await();
        assertThat(back.host()).isEqualTo(web.host());
        world.checkThatAllAgree("moved back");
    }

    @Test
    void a_machine_that_is_stopped_or_has_nowhere_to_go_does_not_move() throws Exception {
        MachineRecord web = hvkit.machines().create(web()).await();
        refused(
                Failure.INVALID_REQUEST,
                () -> hvkit.machines().migrate(MigrateRequest.of(web.id())).await());
        hvkit.machines().start(web.id(), world.one.id()).await();
        hvkit.inventory().putHost(world.two.id(), Standing.MAINTENANCE);

        refused(
                Failure.EXHAUSTED,
                () -> hvkit.machines().migrate(MigrateRequest.of(web.id())).await());

        assertThat(world.record("web-01").host()).contains(world.one.id());
        world.checkThatAllAgree("stays");
    }

    @Test
    void a_machine_on_its_way_takes_room_on_both_hosts() throws Exception {
        MachineRecord web =
                hvkit.machines().start(web().memory(ByteSize.gibibytes(5))).await();
        HostRecord other = hostOf(web).equals(world.one) ? world.two : world.one;
        world.catalog.inTransaction(transaction -> transaction
                .machines()
                .update(transaction.machines().require(web.id()).movingTo(other.id())));
        MachineRecord next = hvkit.machines()
                .create(world.request(hvkit, "next").memory(ByteSize.gibibytes(4)))
                .await();

        HostSelection selection = hvkit.machines().explain(next.id());

        assertThat(reasons(selection, world.one)).containsExactly(HostRejection.Reason.NO_MEMORY);
        assertThat(reasons(selection, world.two)).containsExactly(HostRejection.Reason.NO_MEMORY);
    }

    @Test
    void a_move_that_is_cancelled_leaves_the_machine_where_it_was() throws Exception {
        MachineRecord web = hvkit.machines().start(web()).await();
        CountDownLatch moves = new CountDownLatch(1);
        Job<MachineRecord> job =
                hvkit.machines().migrate(MigrateRequest.of(web.id()).limitedTo(ByteSize.bytes(1)));
        job.onProgress(progress -> moves.countDown());
        assertThat(moves.await(1, TimeUnit.MINUTES)).isTrue();
        assertThat(world.record("web-01").state()).isEqualTo(MachineRecord.State.MOVING);

        JobEnd<MachineRecord> end = job.cancel(Duration.ofMinutes(1));

        assertThat(end).isEqualTo(new JobEnd.Stopped<>(job.id(), Optional.empty(), List.of()));
        assertThat(world.record("web-01").host()).isEqualTo(web.host());
        world.checkThatAllAgree("cancelled");
    }

    @Test
    void a_machine_stays_when_the_other_host_does_not_answer() throws Exception {
        MachineRecord web = hvkit.machines().start(web()).await();
        world.hypervisors.cutOff((hostOf(web).equals(world.one) ? world.two : world.one).hostId());
        DriverException e = refused(
                Failure.UNREACHABLE,
                () -> hvkit.machines().migrate(MigrateRequest.of(web.id())).await());

        assertThat(e).hasMessageContaining("did not answer");
        world.hypervisors.reachAgain((hostOf(web).equals(world.one) ? world.two : world.one).hostId());
        world.checkThatAllAgree("stays");
    }

    private MachineRecord withLocalDisks() throws InterruptedException {
        return hvkit.machines().start(world.localRequest(hvkit, "local")).await();
    }

    @Test
    void a_machine_takes_its_local_disks_along_under_their_keys_and_shared_ones_stay() throws Exception {
        MachineRecord local = withLocalDisks();
        List<VolumeRecord> before = world.disks(local);
        DriverException alone = refused(
                Failure.EXHAUSTED,
                () -> hvkit.machines().migrate(MigrateRequest.of(local.id())).await());
        assertThat(alone).hasMessageContaining("h2: does not reach pool local-h1");

        // tag::disks[]
        MachineRecord moved = hvkit.machines()
                .migrate(MigrateRequest.of(local.id()).withLocalDisks())
                .await();
        // end::disks[]

        assertThat(moved.host()).contains(world.two.id());
        List<VolumeRecord> after = world.disks(moved);
        RecordId<PoolRecord> there = world.local(hvkit, world.two).id();
        assertThat(after).extracting(VolumeRecord::id).isEqualTo(idsOf(before));
        assertThat(after.subList(0, 2)).allMatch(volume -> volume.place().pool().equals(there));
        assertThat(after).extracting(VolumeRecord::key).isEqualTo(keysOf(before));
        assertThat(after.get(0).place().encryption()).isPresent();
        assertThat(after.get(2).place()).isEqualTo(before.get(2).place());
        world.checkThatAllAgree("moved with its disks");
        hvkit.machines().migrate(MigrateRequest.of(local.id()).withLocalDisks()).await();
        world.checkThatAllAgree("and back again");
    }

    private static List<RecordId<VolumeRecord>> idsOf(List<VolumeRecord> volumes) {
        return volumes.stream().map(VolumeRecord::id).toList();
    }

    private static List<Optional<RecordId<KeyRecord>>> keysOf(List<VolumeRecord> volumes) {
        return volumes.stream().map(VolumeRecord::key).toList();
    }

    @Test
    void each_disk_goes_to_the_pool_that_is_named_for_it() throws Exception {
        MachineRecord local = withLocalDisks();
        List<RecordId<VolumeRecord>> disks = hvkit.machines().disks(local.id());
        PoolRecord there = world.local(hvkit, world.two);

        // tag::mapping[]
        MigrateRequest request = MigrateRequest.of(local.id())
                .to(world.two.id())
                .moving(disks.get(0), world.pool.id())
                .moving(disks.get(2), there.id())
                .withLocalDisks();
        // end::mapping[]
        hvkit.machines().migrate(request).await();

        assertThat(world.disks(local))
                .extracting(volume -> volume.place().pool())
                .containsExactly(
                        world.pool.id(), there.id(), there.id()); // what was local and is not named stays local
        world.checkThatAllAgree("each where it was to be");
    }

    @Test
    void a_disk_that_cannot_go_along_keeps_the_machine_where_it_is() throws Exception {
        MachineRecord local = withLocalDisks();
        List<RecordId<VolumeRecord>> disks = hvkit.machines().disks(local.id());
        VolumeRecord stranger = world.plain(hvkit, "stranger");
        PoolRecord there = world.local(hvkit, world.two);
        MigrateRequest request = MigrateRequest.of(local.id());

        DriverException none = refused(
                Failure.INVALID_REQUEST,
                () -> hvkit.machines()
                        .migrate(request.moving(stranger.id(), there.id()))
                        .await());
        assertThat(none).hasMessageContaining("none of its disks");
        DriverException same = refused(
                Failure.INVALID_REQUEST,
                () -> hvkit.machines()
                        .migrate(request.moving(disks.get(2), world.pool.id()).withLocalDisks())
                        .await());
        assertThat(same).hasMessageContaining("in pool shared already");
        PoolRecord bare = hvkit.inventory()
                .addPool(
                        PoolRecord.Reach.of(world.cluster, world.two),
                        PoolRequest.named("bare", InMemoryStorageDriver.BARE));
        DriverException laidOpen = refused(
                Failure.UNSUPPORTED,
                () -> hvkit.machines()
                        .migrate(request.moving(disks.get(0), bare.id()).withLocalDisks())
                        .await());
        assertThat(laidOpen).hasMessageContaining("encrypts nothing");
        hvkit.inventory().putPool(there.id(), Standing.MAINTENANCE);
        hvkit.inventory().putPool(world.pool.id(), Standing.MAINTENANCE);
        DriverException full = refused(
                Failure.EXHAUSTED,
                () -> hvkit.machines().migrate(request.withLocalDisks()).await());
        assertThat(full).hasMessageContaining("h2").hasMessageContaining("is in maintenance");
        assertThat(world.record("local").host()).contains(world.one.id());
        world.checkThatAllAgree("stays");
    }

    @Test
    void disks_that_go_to_one_pool_need_room_there_together() throws Exception {
        PoolRecord here = world.local(hvkit, world.one);
        PoolRecord there = world.local(hvkit, world.two);
        ByteSize half = ByteSize.bytes(InMemoryStorageDriver.CAPACITY.bytes() / 2);
        VolumeRecord filler = hvkit.volumes()
                .create(VolumeRequest.blank("filler", ByteSize.bytes(half.bytes() + half.bytes() / 2), there.id()))
                .await();
        MachineRequest request = MachineRequest.named("large");
        for (int i = 0; i < 2; i++) {
            ByteSize size = ByteSize.bytes(half.bytes() / 8 * 3);
            request = request.disk(hvkit.volumes()
                    .create(VolumeRequest.blank("disk-" + i, size, here.id()))
                    .await()
                    .id());
        }
        MachineRecord large = hvkit.machines().start(request).await();
        MigrateRequest both = MigrateRequest.of(large.id())
                .moving(request.disks().get(0), there.id())
                .moving(request.disks().get(1), there.id());

        DriverException e =
                refused(Failure.EXHAUSTED, () -> hvkit.machines().migrate(both).await());

        assertThat(e).hasMessageContaining("and another copy of volume disk-1 takes");
        hvkit.volumes().delete(filler.id()).await();
        hvkit.machines().migrate(both).await();
        world.checkThatAllAgree("with room for both");
    }

    @Test
    void a_cancelled_move_with_disks_leaves_none_of_them_on_the_other_host() throws Exception {
        MachineRecord local = withLocalDisks();
        List<VolumeRecord> before = world.disks(local);
        CountDownLatch moves = new CountDownLatch(1);
        Job<MachineRecord> job = hvkit.machines()
                .migrate(MigrateRequest.of(local.id()).withLocalDisks().limitedTo(ByteSize.bytes(1)));
        job.onProgress(progress -> moves.countDown());
        assertThat(moves.await(1, TimeUnit.MINUTES)).isTrue();
        assertThat(world.disks(local).get(0).state()).isEqualTo(VolumeRecord.State.MOVING);

        JobEnd<MachineRecord> end = job.cancel(Duration.ofMinutes(1));

        assertThat(end).isEqualTo(new JobEnd.Stopped<>(job.id(), Optional.empty(), List.of()));
        assertThat(world.disks(local))
                .extracting(VolumeRecord::place)
                .isEqualTo(before.stream().map(VolumeRecord::place).toList());
        world.checkThatAllAgree("cancelled");
    }
}
