package io.hvkit.engine;

import static io.hvkit.engine.Refusals.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Sighting;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.engine.internal.machine.MachineRequests;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.job.OperationListener;
import io.hvkit.engine.machine.HostRejection;
import io.hvkit.engine.machine.HostSelection;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.machine.MigrateRequest;
import io.hvkit.engine.offering.ServiceOffering;
import io.hvkit.engine.placement.PlacementNotes;
import io.hvkit.engine.placement.Ratio;
import io.hvkit.engine.setting.SettingScope;
import io.hvkit.engine.setting.StandardSettings;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Nic;
import io.hvkit.hypervisor.spi.NicModel;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.hypervisor.LossCases;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MachinesTest {

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

    @Test
    void a_machine_runs_with_its_disks_in_order_and_their_keys() throws Exception {
        MachineRecord web = hvkit.machines().start(web()).await();

        assertThat(web.state()).isEqualTo(MachineRecord.State.RUNNING);
        assertThat(world.machinesOn(hostOf(web))).containsExactly("web-01");
        assertThat(world.disks(web)).extracting(VolumeRecord::name).containsExactly("web-01-root", "web-01-data");
        assertThat(hvkit.machines().named("web-01")).contains(web);
        world.checkThatAllAgree("it runs");
    }

    @Test
    void a_machine_that_is_stopped_has_its_disks_and_no_host_has_anything_of_it() throws Exception {
        MachineRecord web = hvkit.machines().start(web()).await();

        MachineRecord stopped =
                hvkit.machines().stop(web.id(), StopMode.POWER_OFF).await();

        assertThat(stopped.state()).isEqualTo(MachineRecord.State.STOPPED);
        assertThat(stopped.host()).isEmpty();
        assertThat(hvkit.machines().disks(web.id())).hasSize(2);
        world.checkThatAllAgree("it is stopped");
        assertThat(hvkit.machines().start(web.id()).await().state()).isEqualTo(MachineRecord.State.RUNNING);
        world.checkThatAllAgree("it runs again");
    }

    @Test
    void starting_and_stopping_twice_is_doing_it_once() throws Exception {
        MachineRecord web = hvkit.machines().start(web()).await();

        assertThat(hvkit.machines().start(web.id()).await()).isEqualTo(web);
        MachineRecord stopped =
                hvkit.machines().stop(web.id(), StopMode.POWER_OFF).await();
        assertThat(hvkit.machines().stop(web.id(), StopMode.POWER_OFF).await()).isEqualTo(stopped);
        world.checkThatAllAgree("stopped twice");
    }

    @Test
    void a_guest_that_does_not_listen_runs_on() throws Exception {
        MachineRecord web = hvkit.machines().start(web()).await();
        try (Hypervisor direct = world.hypervisor(hostOf(web))) {
            direct.stop(web.machineId(), StopMode.POWER_OFF);
            direct.start(InMemoryHypervisorDriver.deaf(MachineSpec.named("web-01")));
        }

        refused(
                Failure.TIMED_OUT,
                () -> hvkit.machines()
                        .stop(web.id(), StopMode.GRACEFUL.within(Duration.ofMillis(1)))
                        .await());

        assertThat(world.record("web-01").state()).isEqualTo(MachineRecord.State.RUNNING);
        assertThat(world.machinesOn(hostOf(web))).containsExactly("web-01");
    }

    @Test
    void what_has_ended_by_itself_is_stopped_before_it_is_started_again() throws Exception {
        MachineRecord web = hvkit.machines().start(web()).await();
        try (Hypervisor direct = world.hypervisor(hostOf(web))) {
            direct.stop(web.machineId(), StopMode.POWER_OFF);
        }

        DriverException e =
                refused(Failure.IN_USE, () -> hvkit.machines().start(web.id()).await());
        assertThat(e).hasMessageContaining("stop it");

        hvkit.machines().stop(web.id(), StopMode.POWER_OFF).await();
        hvkit.machines().start(web.id()).await();
        world.checkThatAllAgree("started again");
    }

    @Test
    void a_machine_that_does_not_start_is_not_known() throws Exception {
        VolumeRecord root = world.encrypted(hvkit, "root");
        hvkit.inventory().putHost(world.one.id(), Standing.MAINTENANCE);
        hvkit.inventory().putHost(world.two.id(), Standing.DISABLED);

        DriverException e = refused(
                Failure.EXHAUSTED,
                () -> hvkit.machines()
                        .start(MachineRequest.named("web-01").root(root.id()))
                        .await());

        assertThat(e).hasMessageContaining("h1: is in maintenance").hasMessageContaining("h2: is out of use");
        assertThat(hvkit.machines().named("web-01")).isEmpty();
        world.checkThatAllAgree("refused");
    }

    @Test
    void each_host_is_rejected_with_its_reason() throws Exception {
        world.note(new PlacementNotes() {
            @Override
            public Set<String> tags(HostRecord host) {
                return host.name().equals("h1") ? Set.of("ssd", "gpu") : Set.of("ssd");
            }
        });
        ClusterRecord bare = hvkit.inventory().addCluster(world.cluster.zone(), "bare", InMemoryHypervisorDriver.BARE);
        HostRecord plain = hvkit.inventory().addHost(bare.id(), HostRequest.named("h3"));
        HostRecord kept = hvkit.inventory().addHost(world.cluster.id(), HostRequest.named("h4"));
        HostRecord down = hvkit.inventory().addHost(world.cluster.id(), HostRequest.named("h5"));
        HostRecord silent = hvkit.inventory().addHost(world.cluster.id(), HostRequest.named("h6"));
        world.catalog.inTransaction(transaction -> transaction
                .hosts()
                .update(transaction.hosts().require(kept.id()).dedicatedTo(Optional.of("acme"))));
        world.catalog.inTransaction(transaction -> transaction
                .hosts()
                .update(transaction
                        .hosts()
                        .require(down.id())
                        .seen(new Sighting(Sighting.State.DOWN, down.seen().at()))));
        world.hypervisors.cutOff(silent.hostId());
        try (HvKit knowing = world.calm();
                Hypervisor direct = world.hypervisor(world.two)) {
            direct.start(MachineSpec.named("web-01")); // somebody else's
            MachineRecord web = knowing.machines()
                    .create(web().memory(ByteSize.gibibytes(9)).cpus(5).onHostsTagged("ssd"))
                    .await();

            HostSelection selection = knowing.machines().explain(web.id());

            assertThat(selection.chosen()).isEmpty();
            assertThat(reasons(selection, world.one))
                    .containsExactly(HostRejection.Reason.NO_PROCESSORS, HostRejection.Reason.NO_MEMORY);
            assertThat(reasons(selection, world.two)).contains(HostRejection.Reason.NAME_TAKEN);
            assertThat(reasons(selection, plain)).contains(HostRejection.Reason.NO_ENCRYPTION);
            assertThat(reasons(selection, kept)).containsExactly(HostRejection.Reason.DEDICATED);
            assertThat(reasons(selection, down)).contains(HostRejection.Reason.NOT_UP);
            assertThat(reasons(selection, silent)).containsExactly(HostRejection.Reason.NO_ANSWER);
            assertThat(selection.explain()).contains("h1: has 4 processors left of 4, and 5 are wanted");
            refused(Failure.UNREACHABLE, selection::orThrow);
        }
    }

    @Test
    void the_call_sites_of_the_documents_do_what_they_say() throws Exception {
        VolumeRecord root = world.encrypted(hvkit, "web-root");
        VolumeRecord data = world.plain(hvkit, "web-data");
        // tag::start[]
        MachineRequest request = MachineRequest.named("web-01")
                .cpus(2)
                .memory(ByteSize.gibibytes(4))
                .root(root.id())
                .disk(data.id())
                .with(Nic.onNetwork("default"))
                .onHostsTagged("ssd");
        // end::start[]
        refused(Failure.EXHAUSTED, () -> hvkit.machines().start(request).await());
        world.note(new PlacementNotes() {
            @Override
            public Set<String> tags(HostRecord host) {
                return Set.of("ssd");
            }
        });
        try (HvKit knowing = world.calm()) {
            // tag::life[]
            MachineRecord web = knowing.machines().start(request).await();
            knowing.machines().migrate(MigrateRequest.of(web.id())).await();
            knowing.machines().stop(web.id(), StopMode.GRACEFUL.orPowerOff()).await();
            HostSelection hosts = knowing.machines().explain(web.id());
            knowing.machines().start(web.id(), hosts.orThrow()).await();
            // end::life[]
            assertThat(world.record("web-01").host()).isEqualTo(hosts.chosen());
        }
        world.checkThatAllAgree("as the documents say");
    }

    private static List<HostRejection.Reason> reasons(HostSelection selection, HostRecord host) {
        return selection.against(host.id()).stream().map(HostRejection::reason).toList();
    }

    @Test
    void a_tag_and_a_pool_of_one_host_say_where_a_machine_runs() throws Exception {
        world.note(new PlacementNotes() {
            @Override
            public Set<String> tags(HostRecord host) {
                return host.name().equals("h1") ? Set.of("ssd") : Set.of();
            }
        });
        try (HvKit knowing = world.calm()) {
            MachineRecord tagged =
                    knowing.machines().start(web().onHostsTagged("ssd")).await();
            PoolRecord local = knowing.inventory()
                    .addPool(
                            PoolRecord.Reach.of(world.cluster, world.two),
                            PoolRequest.named("local2", InMemoryStorageDriver.TYPE));
            VolumeRecord there = knowing.volumes()
                    .create(VolumeRequest.blank("there", MachineWorld.SIZE, local.id()))
                    .await();
            MachineRecord bound = knowing.machines()
                    .start(MachineRequest.named("bound").root(there.id()))
                    .await();

            assertThat(tagged.host()).contains(world.one.id());
            assertThat(bound.host()).contains(world.two.id());
            DriverException e = refused(
                    Failure.EXHAUSTED,
                    () -> knowing.machines()
                            .migrate(MigrateRequest.of(bound.id()))
                            .await());
            assertThat(e).hasMessageContaining("h1: does not reach pool local2");
        }
    }

    @Test
    void the_host_with_the_most_memory_left_comes_first_and_promises_no_more_than_it_has() throws Exception {
        List<String> hosts = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            hosts.add(
                    hostOf(hvkit.machines().start(world.request(hvkit, "m" + i)).await())
                            .name());
        }

        assertThat(hosts.stream().filter("h1"::equals)).hasSize(4);
        assertThat(Set.copyOf(hosts.subList(0, 2))).hasSize(2);
        DriverException e = refused(
                Failure.EXHAUSTED,
                () -> hvkit.machines().start(world.request(hvkit, "m8")).await());
        assertThat(e).hasMessageContaining("0 B of memory left of 8 GiB");
        world.checkThatAllAgree("full");

        hvkit.machines().stop(world.record("m3").id(), StopMode.POWER_OFF).await();
        hvkit.machines()
                .start(MachineRequest.named("m9")
                        .memory(MachineWorld.MEMORY)
                        .root(world.plain(hvkit, "m9").id()))
                .await();
        world.checkThatAllAgree("full again");
    }

    @Test
    void hosts_that_its_disks_keep_away_are_not_read_unless_no_other_qualifies() throws Exception {
        List<String> read = new CopyOnWriteArrayList<>();
        world.note(new PlacementNotes() {
            @Override
            public Set<String> tags(HostRecord host) {
                read.add(host.name());
                return Set.of();
            }
        });
        try (HvKit knowing = world.calm()) {
            MachineRecord web = knowing.machines()
                    .create(world.localRequest(hvkit, "web-01"))
                    .await();
            knowing.machines().start(web.id()).await();
            assertThat(read).containsOnly("h1");
            knowing.machines().stop(web.id(), StopMode.POWER_OFF).await();
            hvkit.inventory().putHost(world.one.id(), Standing.MAINTENANCE);
            read.clear();

            DriverException refused = refused(
                    Failure.EXHAUSTED, () -> knowing.machines().start(web.id()).await());

            assertThat(refused)
                    .hasMessageContaining("h1: is in maintenance")
                    .hasMessageContaining("h2: does not reach");
            assertThat(read).containsExactly("h1", "h2");
        }
    }

    @Test
    void processors_are_promised_as_often_as_the_notes_say_and_the_host_keeps_memory_for_itself() throws Exception {
        world.note(new PlacementNotes() {
            @Override
            public Ratio overcommit(HostRecord host) {
                return Ratio.parse("2");
            }

            @Override
            public ByteSize reservedMemory(HostRecord host) {
                return ByteSize.gibibytes(6);
            }
        });
        try (HvKit knowing = world.calm()) {
            MachineRecord web = knowing.machines().create(web().cpus(8)).await();
            assertThat(knowing.machines().explain(web.id()).qualified()).hasSize(2);
            knowing.machines().start(web.id()).await();
            MachineRecord other =
                    knowing.machines().create(world.request(hvkit, "other")).await();
            assertThat(reasons(knowing.machines().explain(other.id()), hostOf(world.record("web-01"))))
                    .containsExactly(HostRejection.Reason.NO_PROCESSORS, HostRejection.Reason.NO_MEMORY);
        }
    }

    @Test
    void two_engines_that_place_at_once_do_not_promise_the_same_room() throws Exception {
        List<MachineRecord> machines = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            machines.add(hvkit.machines()
                    .create(world.request(hvkit, "m" + i).memory(ByteSize.gibibytes(5)))
                    .await());
        }
        try (HvKit other = world.calm()) {
            List<Job<MachineRecord>> starts = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                starts.add((i % 2 == 0 ? hvkit : other)
                        .machines()
                        .start(machines.get(i).id()));
            }
            int started = 0;
            for (Job<MachineRecord> start : starts) {
                try {
                    start.await();
                    started++;
                } catch (DriverException e) {
                    assertThat(e.failure()).isEqualTo(Failure.EXHAUSTED);
                }
            }
            assertThat(started).isEqualTo(2);
        }
        world.checkThatAllAgree("placed at once");
    }

    @Test
    void room_that_somebody_takes_between_the_question_and_the_choice_is_gone() throws Exception {
        hvkit.inventory().putHost(world.two.id(), Standing.MAINTENANCE);
        MachineRecord late = hvkit.machines()
                .create(world.request(hvkit, "late").memory(ByteSize.gibibytes(5)))
                .await();
        MachineRecord early = hvkit.machines()
                .create(world.request(hvkit, "early").memory(ByteSize.gibibytes(5)))
                .await();
        AtomicBoolean isOver = new AtomicBoolean();
        world.note(new PlacementNotes() {
            @Override
            public Set<String> tags(HostRecord host) {
                if (!isOver.getAndSet(true)) {
                    try {
                        hvkit.machines().start(early.id()).await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
                return Set.of();
            }
        });
        try (HvKit slow = world.calm()) {
            DriverException e = refused(
                    Failure.EXHAUSTED, () -> slow.machines().start(late.id()).await());
            assertThat(e).hasMessageContaining("others took it meanwhile: h1");
        }
        assertThat(world.record("early").state()).isEqualTo(MachineRecord.State.RUNNING);
        world.checkThatAllAgree("taken meanwhile");
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
    void a_disk_comes_to_a_machine_and_goes_whether_it_runs_or_not() throws Exception {
        MachineRecord web = hvkit.machines().start(web()).await();
        VolumeRecord spare = world.encrypted(hvkit, "spare");

        hvkit.machines().attach(web.id(), spare.id()).await();
        world.checkThatAllAgree("attached while it runs");
        assertThat(hvkit.machines().disks(web.id())).last().isEqualTo(spare.id());
        hvkit.machines().stop(web.id(), StopMode.POWER_OFF).await();
        hvkit.machines().detach(web.id(), spare.id()).await();
        assertThat(hvkit.machines().disks(web.id())).hasSize(2);
        hvkit.machines().attach(web.id(), spare.id()).await();
        hvkit.machines().start(web.id()).await();
        world.checkThatAllAgree("attached at rest");
        hvkit.machines().detach(web.id(), spare.id()).await();
        world.checkThatAllAgree("detached while it runs");
        hvkit.volumes().delete(spare.id()).await();
    }

    @Test
    void attaching_by_the_volume_is_the_same_for_a_machine_that_is_known() throws Exception {
        MachineRecord web = hvkit.machines().start(web()).await();
        VolumeRecord spare = world.plain(hvkit, "spare");
        RecordId<HostRecord> host = web.host().orElseThrow();
        RecordId<HostRecord> other = (hostOf(web).equals(world.one) ? world.two : world.one).id();

        DriverException e = refused(
                Failure.INVALID_REQUEST,
                () -> hvkit.volumes().attach(spare.id(), other, web.machineId()).await());
        assertThat(e).hasMessageContaining("RUNNING on host " + host);
        hvkit.volumes().attach(spare.id(), host, web.machineId()).await();
        assertThat(hvkit.machines().disks(web.id())).last().isEqualTo(spare.id());
        world.checkThatAllAgree("attached");
        hvkit.volumes().detach(spare.id(), host, web.machineId()).await();
        assertThat(hvkit.machines().disks(web.id())).hasSize(2);
        world.checkThatAllAgree("detached");
    }

    @Test
    void a_volume_is_a_disk_of_one_machine_and_is_not_deleted_meanwhile() throws Exception {
        MachineRecord web = hvkit.machines().create(web()).await();
        RecordId<VolumeRecord> root = hvkit.machines().disks(web.id()).get(0);

        DriverException twice = refused(
                Failure.IN_USE,
                () -> hvkit.machines()
                        .create(MachineRequest.named("other").root(root))
                        .await());
        assertThat(twice).hasMessageContaining("machine web-01");
        refused(
                Failure.IN_USE,
                () -> hvkit.volumes()
                        .attach(root, world.one.id(), new MachineId("other"))
                        .await());
        DriverException gone =
                refused(Failure.IN_USE, () -> hvkit.volumes().delete(root).await());
        assertThat(gone).hasMessageContaining("machine web-01");

        hvkit.machines().delete(web.id()).await();
        hvkit.volumes().delete(root).await();
        assertThat(hvkit.machines().find(web.id())).isEmpty();
    }

    @Test
    void a_machine_that_runs_is_not_forgotten() throws Exception {
        MachineRecord web = hvkit.machines().start(web()).await();

        refused(Failure.IN_USE, () -> hvkit.machines().delete(web.id()).await());

        world.checkThatAllAgree("runs on");
    }

    @Test
    void a_request_without_disks_with_disks_in_two_zones_or_under_a_taken_name_is_refused() throws Exception {
        refused(
                Failure.INVALID_REQUEST,
                () -> hvkit.machines().create(MachineRequest.named("bare")).await());
        RecordId<ZoneRecord> zone = hvkit.inventory().addZone("z2").id();
        PoolRecord away = hvkit.inventory()
                .addPool(
                        new PoolRecord.Reach(zone, Optional.empty(), Optional.empty()),
                        PoolRequest.named("away", InMemoryStorageDriver.TYPE));
        VolumeRecord far = hvkit.volumes()
                .create(VolumeRequest.blank("far", MachineWorld.SIZE, away.id()))
                .await();
        refused(
                Failure.INVALID_REQUEST,
                () -> hvkit.machines().create(web().disk(far.id())).await());
        assertThat(hvkit.machines().page(Optional.empty(), 10)).isEmpty();
        hvkit.machines().create(world.request(hvkit, "taken")).await();
        VolumeRecord root = world.plain(hvkit, "another");
        refused(
                Failure.EXISTS_DIFFERENTLY,
                () -> hvkit.machines()
                        .create(MachineRequest.named("taken").root(root.id()))
                        .await());
    }

    @Test
    void while_a_volume_is_worked_on_its_machine_is_not() throws Exception {
        MachineRecord web = hvkit.machines().create(web()).await();
        RecordId<VolumeRecord> root = hvkit.machines().disks(web.id()).get(0);
        HvKit dying = world.process(Fuse.burningAt(8));
        try {
            dying.volumes().grow(root, ByteSize.mebibytes(2)).await();
        } catch (Fuse.Crash | RuntimeException e) {
            // it dies, and its operation stays open
        }

        refused(
                Failure.OPERATION_PENDING,
                () -> hvkit.machines().start(web.id()).await());

        world.waitForLeases();
        assertThat(hvkit.recover().findings()).isNotEmpty();
        hvkit.machines().start(web.id()).await();
        world.checkThatAllAgree("grown and started");
    }

    @Test
    void what_was_asked_for_once_under_a_key_is_done_once() throws Exception {
        MachineRequest request = web();
        MachineRecord web = hvkit.machines().under("web-01").start(request).await();

        assertThat(hvkit.machines().under("web-01").start(request).await()).isEqualTo(web);
        refused(
                Failure.EXISTS_DIFFERENTLY,
                () -> hvkit.machines().under("web-01").start(request.cpus(2)).await());
    }

    @Test
    void all_that_was_asked_for_reaches_the_host_after_a_stop_too() throws Exception {
        MachineRequest request = web().cpus(2)
                .with(Nic.onNetwork("default"))
                .with(Nic.onBridge("br0")
                        .addressed(new MacAddress("52:54:00:00:00:01"))
                        .model(NicModel.E1000E));
        MachineRecord web = hvkit.machines().start(request).await();
        hvkit.machines().stop(web.id(), StopMode.POWER_OFF).await();
        MachineRecord again = hvkit.machines().start(web.id()).await();
        MachineSpec same = MachineSpec.named("web-01")
                .cpus(2)
                .memory(MachineWorld.MEMORY)
                .with(Nic.onNetwork("default"))
                .with(Nic.onBridge("br0")
                        .addressed(new MacAddress("52:54:00:00:00:01"))
                        .model(NicModel.E1000E));
        try (Hypervisor direct = world.hypervisor(hostOf(again))) {
            refused(Failure.EXISTS_DIFFERENTLY, () -> direct.start(same)); // the disks are missing
        }
        assertThat(MachineRequests.comesBack(request.booting(KernelBoot.of(Path.of("/boot/vmlinuz"))
                                .initrd(Path.of("/boot/initrd"))
                                .commandLine("console=ttyS0 quiet"))
                        .serialLog(Path.of("/var/log/web 01"))
                        .onHostsTagged("ssd")
                        .onHostsTagged("a b")
                        .ownedBy(Account.of("acme"))))
                .isTrue();
    }

    @Test
    void a_start_and_a_stop_of_which_the_answer_is_lost_are_looked_for() throws Exception {
        MachineRecord web = hvkit.machines().create(web()).await();
        world.hypervisors.loseNext(world.one.hostId(), LossCases.Lost.ANSWER);

        MachineRecord started = hvkit.machines().start(web.id(), world.one.id()).await();

        assertThat(world.hypervisors.losses(world.one.hostId())).isEqualTo(1);
        assertThat(started.state()).isEqualTo(MachineRecord.State.RUNNING);
        world.checkThatAllAgree("started unheard");
        world.hypervisors.loseNext(world.one.hostId(), LossCases.Lost.ANSWER);
        hvkit.machines().stop(web.id(), StopMode.POWER_OFF).await();
        world.checkThatAllAgree("stopped unheard");
        world.hypervisors.loseNext(world.one.hostId(), LossCases.Lost.CALL);
        refused(
                Failure.UNREACHABLE,
                () -> hvkit.machines().start(web.id(), world.one.id()).await());
        world.checkThatAllAgree("never started");
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

    @Test
    void a_machine_is_had_by_an_offering_which_says_what_it_is_and_where_it_runs() throws Exception {
        world.note(new PlacementNotes() {
            @Override
            public Set<String> tags(HostRecord host) {
                return host.name().equals("h2") ? Set.of("ssd") : Set.of();
            }

            @Override
            public Set<String> tags(PoolRecord pool) {
                return Set.of("fast");
            }
        });
        try (HvKit knowing = world.calm()) {
            VolumeRecord root = world.encrypted(knowing, "root");
            // tag::offering[]
            OfferingRecord vault = knowing.offerings()
                    .add(ServiceOffering.named("vault", 2, ByteSize.gibibytes(1))
                            .encryptingRoot()
                            .rootTagged("fast")
                            .hostTagged("ssd"));
            MachineRequest request = ServiceOffering.machineOf(vault, "web-01").root(root.id());
            // end::offering[]

            MachineRecord web = knowing.machines().start(request).await();

            assertThat(web.offering()).contains(vault.id());
            assertThat(web.needs()).isEqualTo(new MachineRecord.Needs(2, ByteSize.gibibytes(1)));
            assertThat(web.host()).contains(world.two.id());
            assertThat(MachineRequests.comesBack(request)).isTrue();
            DriverException had =
                    refused(Failure.IN_USE, () -> knowing.offerings().remove(vault.id()));
            assertThat(had).hasMessageContaining("machine web-01 has offering");
            knowing.machines().stop(web.id(), StopMode.POWER_OFF).await();
            VolumeRecord plain = world.plain(knowing, "plain");
            knowing.machines().detach(web.id(), root.id()).await();
            DriverException laidOpen = refused(
                    Failure.INVALID_REQUEST,
                    () -> knowing.machines().attach(web.id(), plain.id()).await());
            assertThat(laidOpen).hasMessageContaining("plain, the root of machine web-01, lies in clear");
            knowing.machines().delete(web.id()).await();
            knowing.offerings().remove(vault.id());
            assertThat(knowing.offerings().find(vault.id())).isEmpty();
        }
        world.checkThatAllAgree("the offering is gone");
    }

    @Test
    void a_machine_that_is_not_what_its_offering_has_is_refused_and_not_known() throws Exception {
        OfferingRecord vault = hvkit.offerings()
                .add(ServiceOffering.named("vault", 2, ByteSize.gibibytes(1)).encryptingRoot());
        OfferingRecord tagged = hvkit.offerings()
                .add(ServiceOffering.named("tagged", 1, ByteSize.gibibytes(1)).rootTagged("fast"));
        ServiceOffering terms = ServiceOffering.in(vault);
        VolumeRecord root = world.encrypted(hvkit, "root");
        VolumeRecord plain = world.plain(hvkit, "plain");

        assertThat(refusedMachine(
                        terms.machine("web-01").cpus(4).root(root.id()).by(vault.id())))
                .hasMessageContaining("has machines with 2 processors");
        assertThat(refusedMachine(terms.machine("web-01").root(plain.id()).by(vault.id())))
                .hasMessageContaining("offering vault encrypts the root");
        assertThat(refusedMachine(ServiceOffering.in(tagged)
                        .machine("web-01")
                        .root(root.id())
                        .by(tagged.id())))
                .hasMessageContaining("is in pool shared, tagged []");
        hvkit.offerings().put(vault.id(), OfferingRecord.Standing.RETIRED);
        refused(
                Failure.EXHAUSTED,
                () -> hvkit.machines()
                        .create(terms.machine("web-01").root(root.id()).by(vault.id()))
                        .await());
        assertThat(hvkit.machines().named("web-01")).isEmpty();
    }

    @Test
    void a_volume_that_a_machine_of_somebody_else_has_becomes_no_disk_of_one_that_is_stopped() throws Exception {
        MachineRecord web = hvkit.machines().create(web()).await();
        VolumeRecord lent = world.plain(hvkit, "lent");
        MachineId foreign = new MachineId("foreign");
        hvkit.volumes().attach(lent.id(), world.one.id(), foreign).await();

        DriverException had = refused(
                Failure.IN_USE,
                () -> hvkit.machines().attach(web.id(), lent.id()).await());

        assertThat(had).hasMessageContaining("volume lent is attached to machine foreign on host");
        assertThat(hvkit.machines().disks(web.id())).doesNotContain(lent.id());
        hvkit.volumes().detach(lent.id(), world.one.id(), foreign).await();
        hvkit.machines().attach(web.id(), lent.id()).await();
        assertThat(hvkit.machines().disks(web.id())).endsWith(lent.id());
        world.checkThatAllAgree("the disk was given back first");
    }

    @Test
    void the_first_disk_of_a_machine_is_its_root_and_is_where_its_offering_has_roots() throws Exception {
        OfferingRecord tagged = hvkit.offerings()
                .add(ServiceOffering.named("tagged", 1, ByteSize.gibibytes(1)).rootTagged("fast"));
        VolumeRecord root = world.encrypted(hvkit, "root");
        VolumeRecord data = world.plain(hvkit, "data");
        tag("fast");
        MachineRecord web = hvkit.machines()
                .create(ServiceOffering.machineOf(tagged, "web-01").root(root.id()))
                .await();
        hvkit.machines().detach(web.id(), root.id()).await();
        hvkit.offerings().put(tagged.id(), OfferingRecord.Standing.RETIRED);
        tag("slow");

        DriverException slow = refused(
                Failure.INVALID_REQUEST,
                () -> hvkit.machines().attach(web.id(), root.id()).await());

        assertThat(slow)
                .hasMessageContaining("offering tagged has the root of its machines in pools tagged [fast]")
                .hasMessageContaining("that of machine web-01 is in pool shared, tagged [slow]; choose or move it");
        assertThat(hvkit.machines().disks(web.id())).isEmpty();
        tag("fast");
        hvkit.machines().attach(web.id(), root.id()).await();
        tag("slow");
        hvkit.machines().attach(web.id(), data.id()).await(); // of other disks the offering says nothing
        assertThat(hvkit.machines().disks(web.id())).containsExactly(root.id(), data.id());
        hvkit.machines().delete(web.id()).await();
    }

    private void tag(String tag) throws InterruptedException {
        hvkit.settings()
                .set(
                        StandardSettings.STORAGE_TAGS,
                        SettingScope.pool(world.pool.id()),
                        StandardSettings.Tags.parse(tag));
    }

    private DriverException refusedMachine(MachineRequest request) {
        return refused(
                Failure.INVALID_REQUEST, () -> hvkit.machines().create(request).await());
    }

    @Test
    void an_encrypted_volume_is_not_brought_to_a_host_that_opens_none() throws Exception {
        ClusterRecord bare = hvkit.inventory().addCluster(world.cluster.zone(), "bare", InMemoryHypervisorDriver.BARE);
        HostRecord plain = hvkit.inventory().addHost(bare.id(), HostRequest.named("h3"));
        VolumeRecord secret = world.encrypted(hvkit, "secret");
        MachineId foreign = new MachineId("foreign");

        DriverException refused = refused(
                Failure.UNSUPPORTED,
                () -> hvkit.volumes().attach(secret.id(), plain.id(), foreign).await());

        assertThat(refused)
                .hasMessageContaining("host h3 opens no encrypted disks, and volume secret is encrypted; attach it to");
        world.checkThatAllAgree("it was refused");
        VolumeRecord open = world.plain(hvkit, "open");
        hvkit.volumes().attach(open.id(), plain.id(), foreign).await();
        List<AttachmentRecord> uses = world.catalog.inTransaction(
                transaction -> transaction.attachments().where(AttachmentRecord.HOST, plain.id()));
        assertThat(uses).extracting(AttachmentRecord::volume).containsExactly(open.id());
    }

    @Test
    void a_host_without_local_storage_takes_no_machine_with_a_local_disk() throws Exception {
        ClusterRecord bare = hvkit.inventory().addCluster(world.cluster.zone(), "bare", InMemoryHypervisorDriver.BARE);
        HostRecord plain = hvkit.inventory().addHost(bare.id(), HostRequest.named("h3"));
        PoolRecord local = hvkit.inventory()
                .addPool(PoolRecord.Reach.of(bare, plain), PoolRequest.named("local-h3", InMemoryStorageDriver.TYPE));
        VolumeRecord root = hvkit.volumes()
                .create(VolumeRequest.blank("root", MachineWorld.SIZE, local.id()))
                .await();
        MachineRecord web = hvkit.machines()
                .create(MachineRequest.named("web-01")
                        .root(root.id())
                        .disk(world.encrypted(hvkit, "data").id()))
                .await();

        HostSelection selection = hvkit.machines().explain(web.id());

        assertThat(selection.explain())
                .contains("h1: does not reach pool local-h3")
                .contains("h3: opens no encrypted disks, lacks LOCAL_STORAGE");
        assertThat(selection.chosen()).isEmpty();
    }

    @Test
    void operations_on_machines_are_heard_of() throws Exception {
        List<String> heard = new CopyOnWriteArrayList<>();
        MachineRequest request = web();
        hvkit.listen(new OperationListener() {
            @Override
            public void begun(OperationRecord operation) {
                hear(operation, "begun");
            }

            @Override
            public void finished(OperationRecord operation) {
                hear(operation, operation.state().name());
            }

            /** The end of what made its volume may come late. */
            private void hear(OperationRecord operation, String what) {
                if (operation.kind().startsWith("machine.")) {
                    heard.add(operation.kind() + " " + what);
                }
            }
        });

        MachineRecord web = hvkit.machines().start(request).await();
        hvkit.machines().migrate(MigrateRequest.of(web.id())).await();
        refused(Failure.IN_USE, () -> hvkit.machines().delete(web.id()).await());

        Await.until("the last end is told", Duration.ofSeconds(30), () -> heard.size() > 5);
        assertThat(heard)
                .containsExactlyInAnyOrder(
                        "machine.launch begun",
                        "machine.launch SUCCEEDED",
                        "machine.migrate begun",
                        "machine.migrate SUCCEEDED",
                        "machine.delete begun",
                        "machine.delete FAILED");
    }
}
