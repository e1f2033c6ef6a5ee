package io.hvkit.engine;

import static io.hvkit.engine.Refusals.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.Sighting;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.machine.HostRejection;
import io.hvkit.engine.machine.HostSelection;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.machine.MigrateRequest;
import io.hvkit.engine.placement.PlacementNotes;
import io.hvkit.engine.placement.Ratio;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MachinePlacementTest {

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
}
