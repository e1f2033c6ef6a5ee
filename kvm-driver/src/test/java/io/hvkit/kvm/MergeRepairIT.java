package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MergeOutcome;
import io.hvkit.hypervisor.spi.MergePlan;
import io.hvkit.hypervisor.spi.MergeReport;
import io.hvkit.hypervisor.spi.MergeSight;
import io.hvkit.hypervisor.spi.MergeSight.State;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Pivot;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.CreateRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.qemu.qmp.QmpClient;
import io.hvkit.qemu.qmp.QmpCommand;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.RecordCheck;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Two disks are merged, the work is ended at each of its moments, and the plan of what is left repairs it. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MergeRepairIT extends HostedTest {

    private static final ByteSize SIZE = ByteSize.mebibytes(64);
    private static final ByteSize SMALL = ByteSize.mebibytes(16);
    private static final ByteSize MORE = ByteSize.mebibytes(8);
    private static final SnapshotId NAME = new SnapshotId("before-upgrade");

    private final Secret below = Secret.random();
    private final Secret above = Secret.random();

    private Disk root;
    private Disk overRoot;
    private Disk data;
    private Disk overData;
    private MachineSpec spec;
    private MachineId machine;
    private GuestConsole console;

    @BeforeEach
    void freeze() throws InterruptedException {
        root = host.disk(host.pool("pool"), ImageFormat.QCOW2, SIZE, List.of());
        data = host.disk(host.pool("pool"), ImageFormat.LUKS, SMALL, List.of(below));
        overRoot = overlay(Image.qcow2(folder.resolve("o-" + UUID.randomUUID())), root);
        overData = overlay(Image.qcow2(folder.resolve("o-" + UUID.randomUUID())).unlockedBy(above), data)
                .unlockedBy(above);
        host.hypervisor()
                .keysFrom(volume -> volume.equals(data.volume())
                        ? Optional.of(below.copy())
                        : volume.equals(overData.volume()) ? Optional.of(above.copy()) : Optional.empty());
        spec = host.spec(root, WRITING).with(data).keptAs(Persistence.PERSISTENT);
        machine = new MachineId(spec.name());
        console = host.startWriting(spec, 100);
        snapshots()
                .take(
                        machine,
                        SnapshotRequest.named(NAME)
                                .onto(root.volume(), overRoot)
                                .onto(data.volume(), overData));
        assertWrites();
    }

    @AfterEach
    void wipe() {
        below.close();
        above.close();
    }

    @Test
    void one_disk_is_merged_and_the_other_waits_and_the_rest_is_done_later() throws InterruptedException {
        host.hypervisor().hotPlug().orElseThrow().resize(machine, overData.volume(), SMALL.plus(MORE));
        MergePlan plan = plan();
        assertThat(plan.disks()).extracting(MergeSight::state).containsExactly(State.UNMERGED, State.UNMERGED);
        assertThat(plan.disks().get(1).growth()).contains(MORE);
        assertThat(plan.explain().get(1)).contains("grow the layer by 8 MiB");

        BlockJob waiting = snapshots().merge(machine, dataMerge().pivoting(Pivot.WHEN_ASKED));
        assertThat(waiting.awaitReady(TestHost.PATIENCE)).isEqualTo(BlockJobPhase.READY);
        MergeReport first = MergePlan.look(
                        snapshots(), machine, List.of(rootMerge(), dataMerge().pivoting(Pivot.WHEN_ASKED)))
                .carryOut(TestHost.PATIENCE);
        assertThat(first.merged()).extracting(MergeOutcome::merge).containsExactly(rootMerge());
        assertThat(disks()).containsExactly(place(root), place(overData));
        assertWrites();

        HOST.host().killDaemon();
        HOST.host().startDaemon();
        MergePlan rest = plan();
        assertThat(rest.disks()).extracting(MergeSight::state).containsExactly(State.MERGED, State.READY);
        MergeReport second = rest.carryOut(TestHost.PATIENCE);

        second.orThrow();
        assertMerged();
        assertThat(QemuImg.probe(CommandRunner.local())
                        .whileInUse()
                        .info(TestHost.image(data))
                        .virtualSize())
                .isEqualTo(SMALL.plus(MORE));
        assertHoldsAll(TestHost.image(root));
    }

    @Test
    void a_machine_that_ended_in_mid_merge_is_merged_where_it_stopped() throws InterruptedException {
        BlockJob slow = snapshots().merge(machine, rootMerge().limitedTo(ByteSize.kibibytes(64)));
        assertThat(slow.phase()).isEqualTo(BlockJobPhase.COPYING);
        assertThat(plan().disks()).extracting(MergeSight::state).containsExactly(State.COPYING, State.UNMERGED);
        TwoHostsTest.kill(HOST.host(), spec);
        assertThat(slow.await(TestHost.PATIENCE)).isPresent();

        MergePlan rest = plan();
        assertThat(rest.disks()).extracting(MergeSight::state).containsExactly(State.BEGUN, State.UNMERGED);
        rest.carryOut(TestHost.PATIENCE).orThrow();

        assertMerged();
        assertHoldsAll(TestHost.image(root));
        host.hypervisor().start(machine);
        assertThat(disks()).containsExactly(place(root), place(data));
    }

    @Test
    void a_switch_that_nobody_saw_blocks_the_machine_until_somebody_says_what_is_newest() throws InterruptedException {
        switchUnseen();
        assertWrites(); // to the layer below alone
        TwoHostsTest.kill(HOST.host(), spec);
        HOST.host().startDaemon();
        Await.until(
                "the host sees that the machine ended",
                TestHost.PATIENCE,
                () -> host.virsh("domstate", machine.value()).contains("shut off"));

        MergePlan blocked = plan();
        assertThat(blocked.blocked())
                .as(blocked.explain().toString())
                .extracting(MergeSight::state)
                .containsExactly(State.UNDECIDED);
        refuses(Failure.HOST_NOT_READY, () -> host.hypervisor().start(machine));
        refuses(
                Failure.HOST_NOT_READY,
                () -> host.hypervisor()
                        .start(host.respec(spec, overRoot.over(root)).with(overData.over(data))));
        refuses(Failure.HOST_NOT_READY, () -> snapshots().merge(machine, rootMerge()));
        MergeReport report = blocked.carryOut(TestHost.PATIENCE);
        assertThat(report.merged()).extracting(MergeOutcome::merge).containsExactly(dataMerge());
        assertThat(disks()).containsExactly(place(overRoot), place(data));

        snapshots().settle(machine, rootMerge(), MergeSight.Newest.LAYER);
        snapshots().settle(machine, rootMerge(), MergeSight.Newest.LAYER);

        assertThat(plan().isDone()).as(plan().explain().toString()).isTrue();
        assertThat(disks()).containsExactly(place(root), place(data));
        assertHoldsAll(TestHost.image(root));
        host.hypervisor().start(machine);
    }

    @Test
    void a_machine_that_was_not_switched_goes_on_with_its_overlay() throws InterruptedException {
        BlockJob job = snapshots().merge(machine, rootMerge().pivoting(Pivot.WHEN_ASKED));
        assertThat(job.awaitReady(TestHost.PATIENCE)).isEqualTo(BlockJobPhase.READY);
        signal("STOP");
        job.pivot();
        awaitSwitchNoted();
        TwoHostsTest.kill(HOST.host(), spec);
        assertThat(job.await(TestHost.PATIENCE)).isPresent();

        MergePlan plan = plan();
        State state = plan.disks().get(0).state();
        assertThat(state).as(plan.explain().toString()).isIn(State.COMPLETE, State.UNDECIDED);
        if (state == State.UNDECIDED) {
            snapshots().settle(machine, rootMerge(), MergeSight.Newest.OVERLAY);
            assertThat(plan().disks().get(0).state()).isEqualTo(State.BEGUN);
        }
        plan().carryOut(TestHost.PATIENCE).orThrow();

        assertMerged();
        assertHoldsAll(TestHost.image(root));
    }

    /** The driver asks for the switch, and the daemon dies before it can tell: QEMU switches all the same. */
    private void switchUnseen() throws InterruptedException {
        BlockJob job = snapshots().merge(machine, rootMerge().pivoting(Pivot.WHEN_ASKED));
        assertThat(job.awaitReady(TestHost.PATIENCE)).isEqualTo(BlockJobPhase.READY);
        signal("STOP");
        job.pivot();
        awaitSwitchNoted();
        HOST.host().killDaemon();
        signal("CONT");
        try (QmpClient monitor = QmpClient.connect(monitor(), Duration.ofSeconds(30))) {
            String jobs = monitor.execute(QmpCommand.of("query-block-jobs")).toJson();
            if (jobs.contains("\"device\"")) {
                String id = jobs.replaceAll("(?s).*\"device\" *: *\"([^\"]+)\".*", "$1");
                monitor.execute(QmpCommand.of("block-job-complete").with("device", id));
            }
            Await.until(
                    "the switch",
                    TestHost.PATIENCE,
                    () -> monitor.execute(QmpCommand.of("query-block-jobs"))
                            .items()
                            .isEmpty());
        }
    }

    private void awaitSwitchNoted() throws InterruptedException {
        Await.until(
                "the note of the switch",
                TestHost.PATIENCE,
                () -> host.virsh("dumpxml", "--inactive", machine.value()).contains("switching"));
    }

    private void signal(String name) throws InterruptedException {
        assertThat(CommandRunner.local()
                        .run(Command.of(List.of("kill", "-" + name, Long.toString(qemu()))))
                        .exitCode())
                .isZero();
    }

    private long qemu() throws InterruptedException {
        return HOST.host().processes().stream()
                .filter(pid -> TwoHostsTest.text(Path.of("/proc", Long.toString(pid), "cmdline"))
                        .contains("guest=" + spec.name()))
                .findFirst()
                .orElseThrow();
    }

    private Path monitor() throws InterruptedException {
        Path machines = Path.of("/proc", Long.toString(qemu()), "root/var/lib/libvirt/qemu");
        try (Stream<Path> found = Files.walk(machines, 2)) {
            return found.filter(path -> path.endsWith("monitor.sock"))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private MachineSnapshots snapshots() {
        return host.hypervisor().machineSnapshots().orElseThrow();
    }

    private MergePlan plan() throws InterruptedException {
        return MergePlan.look(snapshots(), machine, List.of(rootMerge(), dataMerge()));
    }

    private DiskMerge rootMerge() {
        return DiskMerge.of(overRoot.over(root));
    }

    private DiskMerge dataMerge() {
        return DiskMerge.of(overData.over(data));
    }

    private Disk overlay(Image image, Disk base) throws InterruptedException {
        QemuImg.probe(CommandRunner.local()).create(CreateRequest.of(image.over(TestHost.image(base))));
        Path path = image.path().orElseThrow();
        return Disk.of(
                new VolumeId(String.valueOf(path.getFileName())), new Attachment.ImageFile(path), ImageFormat.QCOW2);
    }

    private List<MachineDisk> disks() throws InterruptedException {
        return host.hypervisor().find(machine).orElseThrow().disks();
    }

    private static MachineDisk place(Disk disk) {
        return new MachineDisk(disk.volume(), disk.attachment());
    }

    private void assertWrites() throws InterruptedException {
        console.awaitAcknowledged(console.acknowledged() + 200, TestHost.PATIENCE);
    }

    private void assertMerged() throws InterruptedException {
        assertThat(disks()).containsExactly(place(root), place(data));
        assertThat(snapshots().list(machine)).isEmpty();
        assertThat(plan().isDone()).as(plan().explain().toString()).isTrue();
        assertThat(host.virsh("dumpxml", "--inactive", machine.value()))
                .doesNotContain("<source file='" + TestHost.file(overRoot))
                .doesNotContain("<source file='" + TestHost.file(overData));
        assertThat(TestHost.file(overRoot)).as("an overlay is its caller's").exists();
    }

    private void assertHoldsAll(Image image) throws InterruptedException {
        RecordCheck check = host.stopAndCheck(spec, image);
        assertThat(check.holds()).as(check.toString()).isTrue();
    }
}
