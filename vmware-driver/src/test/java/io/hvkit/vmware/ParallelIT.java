package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.CloneRequest;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineClone.Kind;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Quiescing;
import io.hvkit.hypervisor.spi.Relocation;
import io.hvkit.testkit.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How much a vCenter is asked to do at once, as it counts itself. */
@Tag("campaign") // it asks about our logic alone
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ParallelIT {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final int MACHINES = 6;
    private static final int TASK = 150;
    private static final Relocation AWAY = Relocation.onItsHost().storedAt(Path.of("/vmfs/volumes/LocalDS_1"));
    private static final SnapshotId BASE = new SnapshotId("base");
    private static final Map<String, String> FULL = Map.of("vmware.create.full.clone", "true");
    private static final Map<String, String> ALLOWED =
            Map.of("vmware.create.full.clone", "true", "vmware.allow.parallel.command.execution", "true");

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private VmwareJudged vmware;
    private final List<MachineSpec> machines = new ArrayList<>();

    @BeforeEach
    void start() throws InterruptedException {
        vmware = VmwareJudged.start();
        try (Hypervisor host = vmware.open(Map.of())) {
            for (int i = 0; i < MACHINES; i++) {
                Disk disk = vmware.disk(new VolumeId("p" + i));
                MachineSpec spec = MachineSpec.named("p" + i).with(disk).keptAs(Persistence.PERSISTENT);
                machines.add(spec);
                host.define(spec);
                host.hostSnapshots().orElseThrow().take(new MachineId("p" + i), BASE, Quiescing.NONE);
            }
        }
        vmware.vcenter().reset();
        vmware.vcenter().tasksTake(TASK);
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
        vmware.close();
    }

    private void clone(Hypervisor host, Kind kind) throws Exception {
        List<Future<?>> all = new ArrayList<>();
        for (MachineSpec each : machines) {
            VolumeId volume = each.disks().get(0).volume();
            CloneRequest request = CloneRequest.named(each.name() + "-" + kind)
                    .calling(volume, new VolumeId(volume + "-" + kind))
                    .from(BASE)
                    .as(kind);
            all.add(threads.submit(
                    () -> host.machineClones().orElseThrow().clone(new MachineId(each.name()), request)));
        }
        for (Future<?> each : all) {
            each.get();
        }
    }

    @Test
    void hosts_copy_for_one_machine_at_a_time_where_clones_are_full_and_more_is_not_allowed() throws Exception {
        try (Hypervisor host = vmware.open(FULL)) {
            clone(host, Kind.FULL);
            move(host);
        }
        assertThat(vmware.vcenter().most("CloneVM_Task")).isEqualTo(1);
        assertThat(vmware.vcenter().most("RelocateVM_Task")).isEqualTo(1);
    }

    @Test
    void hosts_make_four_full_clones_and_two_moves_of_storage_at_once_where_it_is_allowed() throws Exception {
        try (Hypervisor host = vmware.open(ALLOWED)) {
            clone(host, Kind.FULL);
            move(host);
        }
        assertThat(vmware.vcenter().most("CloneVM_Task@DC0_C0_H0")).isBetween(2, 4);
        assertThat(vmware.vcenter().most("RelocateVM_Task@DC0_C0_H0")).isBetween(1, 2);
    }

    @Test
    void linked_clones_are_made_all_at_once() throws Exception {
        vmware.vcenter().tasksTake(5 * TASK); // none has ended when the last begins
        try (Hypervisor host = vmware.open(Map.of())) {
            clone(host, Kind.LINKED);
        }
        assertThat(vmware.vcenter().most("CloneVM_Task")).isGreaterThan(4);
    }

    private void move(Hypervisor host) throws InterruptedException {
        List<MachineMoveJob> jobs = new ArrayList<>();
        for (MachineSpec each : machines) {
            jobs.add(host.machineRelocation().orElseThrow().start(new MachineId(each.name()), AWAY));
        }
        for (MachineMoveJob job : jobs) {
            assertThat(job.await(LONG)).get().isInstanceOf(JobVerdict.Succeeded.class);
        }
    }

    @Test
    void two_connections_of_a_driver_share_the_limits_of_a_host() throws Exception {
        HypervisorDriver driver = vmware.driver();
        try (Hypervisor one = vmware.open(driver, FULL);
                Hypervisor two = vmware.open(driver, FULL)) {
            Future<?> first = threads.submit(() -> {
                move(one);
                return null;
            });
            clone(two, Kind.FULL);
            first.get();
        }
        assertThat(vmware.vcenter().most("CloneVM_Task")).isEqualTo(1);
        assertThat(vmware.vcenter().most("RelocateVM_Task")).isEqualTo(1);
    }

    @Test
    void what_one_host_copies_holds_up_no_other_host_and_no_other_vcenter() throws Exception {
        HypervisorDriver driver = vmware.driver();
        Map<String, String> beside = new HashMap<>(FULL);
        beside.put("host", "DC0_C0_H1");
        vmware.vcenter().next(1, "RelocateVM_Task", "hold", "");
        try (VmwareJudged elsewhere = VmwareJudged.start();
                Hypervisor host = vmware.open(driver, FULL);
                Hypervisor second = vmware.open(driver, beside);
                Hypervisor third = elsewhere.open(driver, FULL)) {
            MachineMoveJob held = host.machineRelocation().orElseThrow().start(new MachineId("p0"), AWAY);
            Await.until("the move", LONG, () -> vmware.vcenter().calls("RelocateVM_Task") == 1);
            MachineMoveJob waiting = host.machineRelocation().orElseThrow().start(new MachineId("p1"), AWAY);
            assertThat(waiting.await(Duration.ZERO)).isEmpty();

            moveOne(second, vmware);
            moveOne(third, elsewhere);
            assertThat(held.await(Duration.ZERO)).isEmpty();
            assertThat(waiting.await(Duration.ZERO)).isEmpty();
            waiting.cancel();
            held.cancel();
            assertThat(held.await(LONG)).get().isInstanceOf(JobVerdict.Cancelled.class);
        }
    }

    private static void moveOne(Hypervisor host, VmwareJudged vmware) throws InterruptedException {
        MachineSpec spec = MachineSpec.named("beside")
                .with(vmware.disk(new VolumeId("beside")))
                .keptAs(Persistence.PERSISTENT);
        MachineId id = host.define(spec).id();
        assertThat(host.machineRelocation().orElseThrow().start(id, AWAY).await(LONG))
                .get()
                .isInstanceOf(JobVerdict.Succeeded.class);
    }

    @Test
    void a_start_waits_for_no_move_of_another_machine_and_a_move_that_waits_can_be_cancelled() throws Exception {
        vmware.vcenter().next(1, "RelocateVM_Task", "hold", "");
        try (Hypervisor host = vmware.open(FULL)) {
            MachineMoveJob held = host.machineRelocation().orElseThrow().start(new MachineId("p0"), AWAY);
            Await.until("the move", LONG, () -> vmware.vcenter().calls("RelocateVM_Task") == 1);
            MachineMoveJob waiting = host.machineRelocation().orElseThrow().start(new MachineId("p1"), AWAY);

            assertThat(host.start(new MachineId("p2")).state()).isEqualTo(MachineState.RUNNING);
            assertThat(host.start(new MachineId("p1")).state())
                    .as("of the one that waits")
                    .isEqualTo(MachineState.RUNNING);
            waiting.cancel();
            assertThat(waiting.await(LONG)).get().isInstanceOf(JobVerdict.Cancelled.class);
            assertThat(held.await(Duration.ZERO)).isEmpty();
            held.cancel();
            assertThat(held.await(LONG)).get().isInstanceOf(JobVerdict.Cancelled.class);
            assertThat(host.find(new MachineId("p1")).orElseThrow().disks())
                    .extracting(MachineDisk::attachment)
                    .containsExactly(machines.get(1).disks().get(0).attachment());
        }
        assertThat(vmware.vcenter().calls("RelocateVM_Task")).isEqualTo(1);
    }
}
