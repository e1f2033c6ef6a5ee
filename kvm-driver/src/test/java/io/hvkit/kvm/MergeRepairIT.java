package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
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
import io.hvkit.hypervisor.spi.JobVerdict;
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
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.CreateRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.qemu.qmp.QmpClient;
import io.hvkit.qemu.qmp.QmpCommand;
import io.hvkit.qemu.qmp.QmpValue;
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
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Two disks are merged, the work is ended at each of its moments, and the plan of what is left repairs it. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class MergeRepairIT extends HostedTest {

    private static final Logger LOG = LoggerFactory.getLogger(MergeRepairIT.class);
    private static final ByteSize SIZE = ByteSize.mebibytes(64);
    private static final String ALL_WRITTEN = "all-written";
    /** The guest writes to all of it, over and over: what it writes after a switch differs from what it wrote before. */
    private static final ByteSize TINY = ByteSize.mebibytes(1);

    /** No snapshot froze what the disks lie over: the machine was started so. */
    private static final String STARTED_OVER = "started-over";

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
    void freeze(TestInfo test) throws InterruptedException {
        ByteSize size = test.getTags().contains(ALL_WRITTEN) ? TINY : SIZE;
        root = host.disk(host.pool("pool"), ImageFormat.QCOW2, size, List.of());
        data = host.disk(host.pool("pool"), ImageFormat.LUKS, SMALL, List.of(below));
        overRoot = overlay(Image.qcow2(folder.resolve("o-" + UUID.randomUUID())), root);
        overData = overlay(Image.qcow2(folder.resolve("o-" + UUID.randomUUID())).unlockedBy(above), data)
                .unlockedBy(above);
        host.hypervisor()
                .keysFrom(volume -> volume.equals(data.volume())
                        ? Optional.of(below.copy())
                        : volume.equals(overData.volume()) ? Optional.of(above.copy()) : Optional.empty());
        boolean startedOver = test.getTags().contains(STARTED_OVER);
        spec = startedOver
                ? host.spec(overRoot.over(root), WRITING).with(overData.over(data))
                : host.spec(root, WRITING).with(data);
        spec = spec.keptAs(Persistence.PERSISTENT);
        machine = new MachineId(spec.name());
        console = host.startWriting(spec, 100);
        if (!startedOver) {
            snapshots()
                    .take(
                            machine,
                            SnapshotRequest.named(NAME)
                                    .onto(root.volume(), overRoot)
                                    .onto(data.volume(), overData));
        }
        assertWrites();
    }

    @AfterEach
    void wipe() throws InterruptedException {
        if (HOST.host().daemonPid().isEmpty()) {
            HOST.host().startDaemon(); // a test that failed had killed it
        }
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

        MachineSnapshots snapshots = snapshots();
        // tag::repair[]
        MergePlan rest = MergePlan.look(
                snapshots, machine, List.of(DiskMerge.of(overRoot.over(root)), DiskMerge.of(overData.over(data))));
        rest.explain().forEach(LOG::info); // touches nothing
        MergeReport report = rest.carryOut(Duration.ofMinutes(2));
        report.merged()
                .forEach(disk ->
                        LOG.info("{} may be deleted", disk.merge().disk().volume()));
        report.orThrow();
        // end::repair[]
        assertThat(rest.disks()).extracting(MergeSight::state).containsExactly(State.BEGUN, State.UNMERGED);
        assertThat(report.merged()).hasSize(2);

        assertMerged();
        assertHoldsAll(TestHost.image(root));
        host.hypervisor().start(machine);
        assertThat(disks()).containsExactly(place(root), place(data));
    }

    @Test
    @Tag(ALL_WRITTEN)
    void a_switch_that_nobody_saw_blocks_the_machine_until_somebody_says_what_is_newest() throws InterruptedException {
        endAfterUnseenSwitch();

        MergePlan blocked = plan();
        assertThat(blocked.blocked())
                .as(blocked.explain().toString())
                .extracting(MergeSight::state)
                .containsExactly(State.UNDECIDED);
        assertThat(blocked.explain().get(0)).contains("they differ at byte", "the layer was last written at");
        refuses(Failure.HOST_NOT_READY, () -> host.hypervisor().start(machine));
        refuses(
                Failure.HOST_NOT_READY,
                () -> host.hypervisor()
                        .start(host.respec(spec, overRoot.over(root)).with(overData.over(data))));
        refuses(Failure.HOST_NOT_READY, () -> host.hypervisor().start(spec));
        refuses(Failure.HOST_NOT_READY, () -> snapshots().merge(machine, rootMerge()));
        refuses(
                Failure.HOST_NOT_READY,
                () -> snapshots()
                        .take(
                                machine,
                                SnapshotRequest.named(new SnapshotId("later")).onto(overData.volume(), overRoot)));
        MergeReport report = blocked.carryOut(TestHost.PATIENCE);
        assertThat(report.merged()).extracting(MergeOutcome::merge).containsExactly(dataMerge());
        assertThat(report.unmerged())
                .as("left alone: " + report)
                .extracting(MergeOutcome::failure)
                .containsExactly(Optional.empty());
        assertThat(disks()).containsExactly(place(overRoot), place(data));

        snapshots().settle(machine, rootMerge(), MergeSight.Newest.LAYER);
        snapshots().settle(machine, rootMerge(), MergeSight.Newest.LAYER);

        assertMerged();
        assertHoldsAll(TestHost.image(root));
        host.hypervisor().start(machine);
    }

    @Test
    @Tag(ALL_WRITTEN)
    @Tag(STARTED_OVER)
    void a_switch_that_nobody_saw_is_known_of_a_disk_that_no_snapshot_froze_and_a_stale_overlay_stays_where_it_is()
            throws InterruptedException {
        assertThat(snapshots().list(machine)).isEmpty();
        endAfterUnseenSwitch();

        MergePlan blocked = plan();
        assertThat(blocked.disks())
                .as(blocked.explain().toString())
                .extracting(MergeSight::state)
                .containsExactly(State.UNDECIDED, State.UNMERGED);
        refuses(Failure.HOST_NOT_READY, () -> host.hypervisor().start(machine));
        refuses(Failure.HOST_NOT_READY, () -> host.hypervisor().start(spec));
        refuses(Failure.HOST_NOT_READY, () -> snapshots().merge(machine, rootMerge()));
        assertThat(blocked.carryOut(TestHost.PATIENCE).merged())
                .extracting(MergeOutcome::merge)
                .containsExactly(dataMerge());

        snapshots().settle(machine, rootMerge(), MergeSight.Newest.LAYER);

        assertMerged();
        assertHoldsAll(TestHost.image(root));
        refuses(Failure.INVALID_REQUEST, () -> host.hypervisor().start(spec)).hasMessageContaining("was merged into");
        assertThat(snapshots().merge(machine, rootMerge()).await(TestHost.PATIENCE))
                .as("an equal request was carried out")
                .contains(new JobVerdict.Succeeded(List.of()));
        host.hypervisor().start(host.respec(spec, root).with(data));
        assertMerged();
    }

    @Test
    void a_switch_that_nobody_saw_is_found_when_the_daemon_returns_to_a_machine_that_runs()
            throws InterruptedException {
        switchUnseen();
        assertWrites();
        HOST.host().startDaemon();

        plan().carryOut(TestHost.PATIENCE).orThrow();

        assertMerged();
        assertWrites();
        assertHoldsAll(TestHost.image(root));
    }

    @Test
    void a_machine_that_was_not_switched_goes_on_with_its_overlay() throws InterruptedException {
        BlockJob job = pivotRefused();
        assertWrites(); // to the overlay alone
        TwoHostsTest.kill(HOST.host(), spec);
        assertThat(job.await(TestHost.PATIENCE)).isPresent();
        assertThat(plan().disks()).extracting(MergeSight::state).containsExactly(State.UNDECIDED, State.UNMERGED);
        refuses(Failure.INVALID_REQUEST, () -> snapshots().settle(machine, dataMerge(), MergeSight.Newest.LAYER));

        snapshots().settle(machine, rootMerge(), MergeSight.Newest.OVERLAY);

        assertThat(plan().disks()).extracting(MergeSight::state).containsExactly(State.BEGUN, State.UNMERGED);
        plan().carryOut(TestHost.PATIENCE).orThrow();
        assertMerged();
        assertHoldsAll(TestHost.image(root));
    }

    @Test
    void a_switch_that_was_given_up_leaves_no_doubt() throws InterruptedException {
        BlockJob job = pivotRefused();
        HOST.host().killDaemon();
        try (QmpClient monitor = QmpClient.connect(monitor(), Duration.ofSeconds(30))) {
            String id = merging(jobs(monitor)).at("id").text();
            monitor.execute(QmpCommand.of("block-job-cancel").with("device", id).on("force"));
            awaitJob(monitor, "concluded");
        }
        HOST.host().startDaemon();
        assertThat(job.await(TestHost.PATIENCE)).isPresent();
        assertWrites(); // to the overlay alone
        assertThat(plan().disks()).extracting(MergeSight::state).containsExactly(State.BEGUN, State.UNMERGED);

        TwoHostsTest.kill(HOST.host(), spec);
        awaitStopped();

        MergePlan plan = plan();
        assertThat(plan.disks())
                .as(plan.explain().toString())
                .extracting(MergeSight::state)
                .containsExactly(State.BEGUN, State.UNMERGED);
        plan.carryOut(TestHost.PATIENCE).orThrow();
        assertMerged();
        assertHoldsAll(TestHost.image(root));
    }

    /** The driver has noted that it switches the machine, and QEMU refuses, since its job pauses. */
    private BlockJob pivotRefused() throws InterruptedException {
        BlockJob job = snapshots().merge(machine, rootMerge().pivoting(Pivot.WHEN_ASKED));
        assertThat(job.awaitReady(TestHost.PATIENCE)).isEqualTo(BlockJobPhase.READY);
        String jobs = host.virsh("qemu-monitor-command", machine.value(), "{\"execute\":\"query-jobs\"}");
        host.virsh(
                "qemu-monitor-command",
                machine.value(),
                "{\"execute\":\"job-pause\",\"arguments\":{\"id\":\""
                        + merging(QmpValue.parse(jobs).at("return")).at("id").text() + "\"}}");
        job.pivot();
        Await.until(
                "the note of the switch",
                TestHost.PATIENCE,
                () -> host.virsh("dumpxml", "--inactive", machine.value()).contains("switching"));
        return job;
    }

    /** The machine is switched while nobody looks, writes on, and ends. */
    private void endAfterUnseenSwitch() throws InterruptedException {
        switchUnseen();
        assertWrites(); // to the layer below alone
        TwoHostsTest.kill(HOST.host(), spec);
        HOST.host().startDaemon();
        awaitStopped();
    }

    /** The daemon dies when it was to switch the machine, and QEMU switches all the same. */
    private void switchUnseen() throws InterruptedException {
        pivotRefused();
        HOST.host().killDaemon();
        try (QmpClient monitor = QmpClient.connect(monitor(), Duration.ofSeconds(30))) {
            String job = merging(jobs(monitor)).at("id").text();
            monitor.execute(QmpCommand.of("job-resume").with("id", job));
            awaitJob(monitor, "ready", "concluded");
            try {
                monitor.execute(QmpCommand.of("job-complete").with("id", job));
            } catch (DriverException e) {
                LOG.info("the daemon had asked before: {}", e.getMessage());
            }
            awaitJob(monitor, "concluded");
        }
    }

    private static void awaitJob(QmpClient monitor, String... any) throws InterruptedException {
        List<String> states = List.of(any);
        AtomicReference<String> seen = new AtomicReference<>("");
        Await.until(
                "the job is one of " + states,
                TestHost.PATIENCE,
                () -> {
                    QmpValue jobs = jobs(monitor);
                    seen.set(jobs.toJson());
                    return states.contains(merging(jobs).at("status").text());
                },
                seen::get);
    }

    private static QmpValue jobs(QmpClient monitor) throws InterruptedException {
        return monitor.execute(QmpCommand.of("query-jobs"));
    }

    private static QmpValue merging(QmpValue jobs) {
        return jobs.items().stream()
                .filter(job -> job.at("type").text().equals("commit"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no merge: " + jobs));
    }

    private void awaitStopped() throws InterruptedException {
        Await.until(
                "the host sees that the machine ended",
                TestHost.PATIENCE,
                () -> host.virsh("domstate", machine.value()).contains("shut off"));
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
