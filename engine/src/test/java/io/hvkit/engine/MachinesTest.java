package io.hvkit.engine;

import static io.hvkit.engine.Refusals.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.engine.internal.machine.MachineRequests;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.OperationListener;
import io.hvkit.engine.machine.HostSelection;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.machine.MigrateRequest;
import io.hvkit.engine.placement.PlacementNotes;
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
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
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
