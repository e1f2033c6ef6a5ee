package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.CreateRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.RecordCheck;
import io.hvkit.testkit.libvirt.DaemonRelay;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whoever leads a copy or a merge of a disk is killed, or cannot tidy up. The guest writes throughout. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class KilledDiskMoveIT extends HostedTest {

    private static final ByteSize SIZE = ByteSize.mebibytes(32);
    private static final JobVerdict SUCCEEDED = new JobVerdict.Succeeded(List.of());
    private static final Set<Integer> SECRET_UNDEFINE = Set.of(146); // of libvirt's remote protocol

    private final Secret oldKey = Secret.random();
    private final Secret newKey = Secret.random();
    private DaemonRelay relay;
    private Disk source;
    private Disk target;
    private MachineSpec spec;
    private MachineId machine;

    @BeforeEach
    void prepare() throws InterruptedException {
        relay = DaemonRelay.at(folder.resolve("relay.sock"), HOST.host());
        source = host.disk(host.pool("fast"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        target = host.disk(host.pool("big"), ImageFormat.LUKS, SIZE, List.of(newKey));
        spec = host.spec(source, WRITING);
        machine = new MachineId(spec.name());
    }

    @AfterEach
    void end() {
        relay.close();
        oldKey.close();
        newKey.close();
    }

    @Test
    void whoever_copies_is_killed_and_another_one_finds_the_copy_and_switches() throws Exception {
        GuestConsole console = start(source);
        kill(DiskMoveProgram.Part.COPYING, source, target);

        BlockJob found = host.migration().find(machine, source.volume()).orElseThrow();
        host.virsh("blockjob", spec.name(), "vda", "--bandwidth", "0"); // else a quick guest writes more than is copied
        assertThat(found.awaitReady(TestHost.PATIENCE)).isEqualTo(BlockJobPhase.READY);
        found.pivot();

        assertThat(found.await(TestHost.PATIENCE)).contains(SUCCEEDED);
        assertUsesAlone(target, source, console);
    }

    @Test
    void whoever_waits_with_a_complete_copy_is_killed_and_an_equal_request_switches() throws Exception {
        GuestConsole console = start(source);
        kill(DiskMoveProgram.Part.READY, source, target);

        BlockJob again = host.migration().start(machine, source.volume(), DiskMove.to(target));

        assertThat(again.await(TestHost.PATIENCE)).contains(SUCCEEDED);
        assertUsesAlone(target, source, console);
    }

    @Test
    void whoever_has_switched_is_killed_and_an_equal_request_confirms_and_tidies_up() throws Exception {
        GuestConsole console = start(source);
        kill(DiskMoveProgram.Part.MOVED, source, target);
        assertThat(host.secrets()).as("what nobody has tidied up").hasSize(2);

        BlockJob again = host.migration().start(machine, source.volume(), DiskMove.to(target));

        assertThat(again.await(Duration.ZERO)).contains(SUCCEEDED);
        awaitSecrets(1);
        assertUsesAlone(target, source, console);
    }

    @Test
    void whoever_has_switched_is_killed_and_the_stop_of_the_machine_tidies_up() throws Exception {
        start(source);
        kill(DiskMoveProgram.Part.MOVED, source, target);
        assertThat(host.secrets()).as("what nobody has tidied up").hasSize(2);

        assertHolds(host.stopAndCheck(spec, TestHost.image(target)));

        assertThat(host.secrets()).isEmpty();
    }

    @Test
    void whoever_merges_is_killed_and_another_one_finds_the_merge_and_switches() throws Exception {
        GuestConsole console = start(target);
        Disk overlay = frozen(console);
        kill(DiskMoveProgram.Part.MERGING, overlay, target);

        BlockJob found = snapshots().merging(machine, overlay.volume()).orElseThrow();
        host.virsh("blockjob", spec.name(), "vda", "--bandwidth", "0");
        assertThat(found.awaitReady(TestHost.PATIENCE)).isEqualTo(BlockJobPhase.READY);
        found.pivot();

        assertThat(found.await(TestHost.PATIENCE)).contains(SUCCEEDED);
        assertUsesAlone(target, overlay, console);
    }

    @Test
    void whoever_has_merged_is_killed_and_an_equal_request_confirms_and_tidies_up() throws Exception {
        GuestConsole console = start(target);
        Disk overlay = frozen(console);
        kill(DiskMoveProgram.Part.MERGED, overlay, target);
        assertThat(host.secrets()).as("what nobody has tidied up").hasSize(2);

        BlockJob again = snapshots().merge(machine, DiskMerge.of(overlay.over(target)));

        assertThat(again.await(Duration.ZERO)).contains(SUCCEEDED);
        awaitSecrets(1);
        assertUsesAlone(target, overlay, console);
    }

    @Test
    void a_clean_up_that_fails_after_the_switch_is_a_warning_and_is_made_up_for() throws InterruptedException {
        GuestConsole console = start(source);
        KvmDriver driver = new KvmDriver();
        Options options = Options.parse(driver.options(), Map.of("uri", relayed(), "call-limit", "PT10S"));
        try (Hypervisor limited = driver.open(new HostId("limited"), HypervisorType.KVM, options)) {
            relay.holdCallOf(SECRET_UNDEFINE);

            BlockJob job =
                    limited.liveDiskMigration().orElseThrow().start(machine, source.volume(), DiskMove.to(target));

            assertThat(job.await(TestHost.PATIENCE))
                    .get()
                    .isInstanceOfSatisfying(
                            JobVerdict.Succeeded.class,
                            succeeded -> assertThat(succeeded.warnings())
                                    .singleElement()
                                    .asString()
                                    .contains(TestHost.file(source).toString()));
            assertThat(host.secrets()).hasSize(2);
        }

        assertThat(host.migration().find(machine, target.volume())).isEmpty();

        awaitSecrets(1);
        assertUsesAlone(target, source, console);
    }

    private GuestConsole start(Disk disk) throws InterruptedException {
        spec = host.spec(disk, WRITING);
        machine = new MachineId(spec.name());
        return host.startWriting(spec, 100);
    }

    /** Freezes the target below an overlay with its key, onto which the guest has written. */
    private Disk frozen(GuestConsole console) throws InterruptedException {
        Path path = folder.resolve("overlay.qcow2");
        Image image = Image.qcow2(path).unlockedBy(newKey).over(TestHost.image(target));
        QemuImg.probe(CommandRunner.local()).create(CreateRequest.of(image));
        Disk overlay = Disk.of(
                        new VolumeId("o-" + UUID.randomUUID()), new Attachment.ImageFile(path), ImageFormat.QCOW2)
                .unlockedBy(newKey);
        snapshots().take(machine, SnapshotRequest.named(new SnapshotId("s")).onto(target.volume(), overlay));
        console.awaitAcknowledged(console.acknowledged() + 500, TestHost.PATIENCE);
        return overlay;
    }

    private MachineSnapshots snapshots() {
        return host.hypervisor().machineSnapshots().orElseThrow();
    }

    private String relayed() {
        return "qemu+unix:///system?socket=" + folder.resolve("relay.sock");
    }

    /** Has another JVM work on a disk, and kills it when it is there; before it tidies up, if it is to end. */
    private void kill(DiskMoveProgram.Part part, Disk disk, Disk into) throws Exception {
        Path reached = folder.resolve("reached");
        Path log = folder.resolve("log");
        byte[] key = newKey.withArray(byte[]::clone);
        boolean switches = part == DiskMoveProgram.Part.MOVED || part == DiskMoveProgram.Part.MERGED;
        if (switches) {
            relay.holdCallOf(SECRET_UNDEFINE);
        }
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        DiskMoveProgram.class.getName(),
                        relayed(),
                        spec.name(),
                        part.name(),
                        reached.toString(),
                        Integer.toString(key.length),
                        disk.volume().value(),
                        TestHost.file(disk).toString(),
                        into.volume().value(),
                        TestHost.file(into).toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try (OutputStream in = jvm.getOutputStream()) {
            in.write(key);
            in.flush();
            Await.until(
                    "the moment to kill it",
                    TestHost.PATIENCE,
                    () -> !jvm.isAlive() || (switches ? relay.held() > 0 : Files.exists(reached)),
                    () -> TwoHostsTest.text(log));
            assertThat(jvm.isAlive()).as(TwoHostsTest.text(log)).isTrue();
        } finally {
            jvm.destroyForcibly().waitFor();
        }
    }

    private void awaitSecrets(int count) throws InterruptedException {
        Await.until(count + " secrets", TestHost.PATIENCE, () -> host.secrets().size() == count);
    }

    /** The guest goes on, on one disk; the host has its secret alone and notes no other; no acknowledged record is lost. */
    private void assertUsesAlone(Disk disk, Disk left, GuestConsole console) throws InterruptedException {
        console.awaitAcknowledged(console.acknowledged() + 100, TestHost.PATIENCE);
        assertThat(host.hypervisor().find(machine).orElseThrow().disks())
                .extracting(each -> each.volume())
                .containsExactly(disk.volume());
        assertThat(host.secrets()).hasSize(1);
        Await.until(
                "no note of the disk that was left",
                TestHost.PATIENCE,
                () -> !host.virsh("dumpxml", spec.name()).contains("<hvkit:volume id=\"" + left.volume()));
        assertHolds(host.stopAndCheck(spec, TestHost.image(disk)));
        assertThat(host.secrets()).isEmpty();
    }

    private static void assertHolds(RecordCheck check) {
        assertThat(check.holds()).as(check.toString()).isTrue();
    }
}
