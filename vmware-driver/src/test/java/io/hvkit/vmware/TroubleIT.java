package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.MachineId;
import io.hvkit.core.Recovery;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.CloneRequest;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HostSnapshots;
import io.hvkit.hypervisor.spi.HostSnapshots.Removal;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineClone.Kind;
import io.hvkit.hypervisor.spi.MachineClones;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Quiescing;
import io.hvkit.hypervisor.spi.Relocation;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Sixteen lives at once on a vCenter that fails one call in ten. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TroubleIT {

    private static final int THREADS = 16;
    private static final int LIVES = Boolean.getBoolean("hvkit.thorough") ? 10 : 1;
    private static final int PATIENCE = 60;
    private static final SnapshotId BASE = new SnapshotId("base");
    private static final Duration LONG = Duration.ofSeconds(30);

    private VmwareJudged vmware;

    @BeforeEach
    void start() throws InterruptedException {
        vmware = VmwareJudged.start();
    }

    @AfterEach
    void stop() {
        vmware.close();
    }

    @FunctionalInterface
    private interface Step {
        void make() throws InterruptedException;
    }

    /** Repeats a call as the SPI says that callers do, and nothing but what it says can be repeated. */
    private static void untilDone(Step step) throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                step.make();
                return;
            } catch (DriverException e) {
                if (attempt == PATIENCE || e.recovery() != Recovery.RETRY_WITH_BACKOFF) {
                    throw e;
                }
            }
        }
    }

    @Test
    void no_machine_and_no_disk_is_there_twice_and_nothing_is_left() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Hypervisor host = vmware.open(Map.of());
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> lives = new ArrayList<>();
        List<List<Disk>> disks = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            disks.add(List.of(
                    vmware.disk(new VolumeId("trouble-root-" + i)), vmware.disk(new VolumeId("trouble-data-" + i))));
        }
        int machines = host.list().size();
        vmware.vcenter().tasksTake(20);
        vmware.vcenter().chaos(10, seed);

        for (int i = 0; i < THREADS; i++) {
            MachineSpec spec = MachineSpec.named("trouble-" + i)
                    .with(disks.get(i).get(0))
                    .keptAs(i % 2 == 0 ? Persistence.PERSISTENT : Persistence.TRANSIENT);
            Disk data = disks.get(i).get(1);
            int times = spec.persistence() == Persistence.PERSISTENT ? 1 : LIVES; // its disk comes to lie elsewhere
            lives.add(threads.submit(() -> {
                for (int life = 1; life <= times; life++) {
                    live(host, spec, data, VmwareJudged.MIB + life);
                }
                return null;
            }));
        }
        for (Future<?> life : lives) {
            life.get();
        }
        threads.shutdown();
        vmware.vcenter().reset();

        assertThat(host.list()).hasSize(machines);
        host.close();
        vmware.admin().close();
        assertThat(vmware.vcenter().count("lost")).isGreaterThan(10);
        assertThat(vmware.vcenter().count("spoilt")).isZero();
        for (String left : List.of("sessions", "objects", "abandoned", "tokens", "leases")) {
            assertThat(vmware.vcenter().count(left)).as(left).isZero();
        }
    }

    private void live(Hypervisor host, MachineSpec spec, Disk data, long mebibytes) throws InterruptedException {
        MachineId id = new MachineId(spec.name());
        HotPlug plug = host.hotPlug().orElseThrow();
        if (spec.persistence() == Persistence.PERSISTENT) {
            untilDone(() -> host.define(spec));
        }
        untilDone(() -> host.start(spec));
        untilDone(() -> plug.attach(id, data));
        untilDone(() -> plug.resize(id, data.volume(), ByteSize.mebibytes(mebibytes)));
        untilDone(() -> assertThat(host.find(id).orElseThrow())
                .satisfies(machine -> assertThat(machine.state()).isEqualTo(MachineState.RUNNING))
                .extracting(Machine::disks)
                .isEqualTo(List.of(
                        new MachineDisk(
                                spec.disks().get(0).volume(),
                                spec.disks().get(0).attachment()),
                        new MachineDisk(data.volume(), data.attachment()))));
        untilDone(() -> assertThat(host.list()).extracting(Machine::name).containsOnlyOnce(spec.name()));
        untilDone(() -> plug.detach(id, data.volume(), LONG));
        if (spec.persistence() == Persistence.PERSISTENT) {
            cloneAndMove(host, id, spec.disks().get(0));
        }
        untilDone(() -> host.stop(id, StopMode.POWER_OFF));
        untilDone(() -> host.forget(id));
        untilDone(() -> assertThat(host.find(id)).isEmpty());
    }

    /** Both kinds of clones of a machine that runs, and all of it away and back; nothing is made twice. */
    private void cloneAndMove(Hypervisor host, MachineId id, Disk root) throws InterruptedException {
        HostSnapshots snapshots = host.hostSnapshots().orElseThrow();
        MachineClones clones = host.machineClones().orElseThrow();
        untilDone(() ->
                assertThat(snapshots.take(id, BASE, Quiescing.NONE).parent()).isEmpty());
        for (Kind kind : Kind.values()) {
            MachineId clone = new MachineId(id + "-" + kind);
            VolumeId volume = new VolumeId(clone.value());
            CloneRequest request = CloneRequest.named(clone.value())
                    .calling(root.volume(), volume)
                    .from(BASE)
                    .as(kind);
            untilDone(() -> assertThat(clones.clone(id, request).kind()).isEqualTo(kind));
            List<MachineDisk> lying = new ArrayList<>();
            untilDone(() -> lying.addAll(host.find(clone).orElseThrow().disks()));
            untilDone(() -> assertThat(host.list()).extracting(Machine::id).containsOnlyOnce(clone));
            untilDone(() -> host.forget(clone));
            assertThat(lying).extracting(MachineDisk::volume).containsExactly(volume);
            untilDone(() -> vmware.deleteAnyhow(lying.get(0)));
        }
        untilDone(() -> assertThat(snapshots.list(id)).hasSize(1));
        move(host, id, VmwareJudged.STORE.resolveSibling("LocalDS_1"));
        untilDone(() -> assertThat(host.find(id).orElseThrow().disks())
                .extracting(MachineDisk::volume)
                .containsExactly(root.volume()));
        untilDone(() -> snapshots.remove(id, BASE, Removal.ALONE));
        untilDone(() -> assertThat(snapshots.list(id)).isEmpty());
        moveBack(host, id, root);
    }

    /** Its own files stay where they came to lie; the disk goes to the datastore where its request says that it is. */
    private static void moveBack(Hypervisor host, MachineId id, Disk root) throws InterruptedException {
        untilDone(() -> ended(host, id, Relocation.onItsHost().moving(root.volume(), VmwareJudged.STORE)));
    }

    private static void move(Hypervisor host, MachineId id, Path store) throws InterruptedException {
        untilDone(() -> ended(host, id, Relocation.onItsHost().storedAt(store)));
    }

    /** A verdict that nobody knows is no reason to do anything else than to ask again. */
    private static void ended(Hypervisor host, MachineId id, Relocation relocation) throws InterruptedException {
        host.machineRelocation()
                .orElseThrow()
                .start(id, relocation)
                .await(LONG)
                .orElseThrow()
                .orThrow();
    }

    @Test
    void a_start_does_not_wait_for_the_slow_work_on_another_machine() throws Exception {
        Hypervisor host = vmware.open(Map.of());
        MachineSpec slow = MachineSpec.named("slow").with(vmware.disk(new VolumeId("slow")));
        MachineSpec quick = MachineSpec.named("quick").with(vmware.disk(new VolumeId("quick")));
        vmware.vcenter().next(1, "PowerOnVM_Task", "hold", "");
        ExecutorService thread = Executors.newSingleThreadExecutor();
        Future<Machine> held = thread.submit(() -> host.start(slow));
        Await.until("the start that is held", LONG, () -> vmware.vcenter().calls("PowerOnVM_Task") > 0);

        assertThat(host.start(quick).state()).isEqualTo(MachineState.RUNNING);
        assertThat(held).isNotDone();

        host.close();
        assertThat(held).failsWithin(LONG);
        thread.shutdown();
    }
}
