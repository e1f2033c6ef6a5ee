package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.SnapshotDisk;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.CreateRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.guest.RecordCheck;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Disks are frozen and merged under guests that write, and no acknowledged record is lost. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class SnapshotsIT extends LayeredTest {

    @Test
    void an_encrypted_disk_is_frozen_and_merged_while_the_guest_writes() throws InterruptedException, IOException {
        Disk base = host.disk(host.pool("pool"), ImageFormat.LUKS, SIZE, List.of(below));
        Disk overlay = overlay(base, above);
        MachineSpec spec = host.spec(base, WRITING).keptAs(Persistence.PERSISTENT);
        MachineId machine = new MachineId(spec.name());
        host.hypervisor().keysFrom(keys(base, overlay));
        GuestConsole console = host.startWriting(spec, 100);

        MachineSnapshot taken = snapshots().take(machine, frozen(base, overlay));

        assertWrites(console);
        assertThat(disks(machine)).containsExactly(place(overlay));
        assertThat(taken.disks())
                .containsExactly(new SnapshotDisk(place(base), place(overlay), SnapshotDisk.Content.INTACT));
        assertThat(host.virsh("dumpxml", "--inactive", machine.value()))
                .contains(TestHost.file(overlay).toString(), TestHost.file(base).toString(), "engine='qemu'");
        assertThat(host.virsh("dumpxml", machine.value()))
                .contains(TestHost.file(overlay).toString());
        List<String> both = host.secrets();
        assertThat(both).hasSize(2);

        HOST.host().killDaemon();
        HOST.host().startDaemon();

        Await.until(
                "both secrets are back", TestHost.PATIENCE, () -> host.secrets().equals(both));
        assertThat(snapshots().list(machine)).containsExactly(taken);
        assertThat(snapshots().take(machine, frozen(base, overlay))).isEqualTo(taken);
        assertThat(Files.size(TestHost.file(overlay)))
                .as("what the guest wrote")
                .isGreaterThan(64 << 10);
        assertHasNoRecordInClear(overlay);

        long before = console.acknowledged();
        BlockJob job = snapshots().merge(machine, DiskMerge.of(overlay.over(base)));
        assertThat(job.await(TestHost.PATIENCE)).contains(SUCCEEDED);

        assertThat(console.acknowledged()).isGreaterThanOrEqualTo(before);
        assertWrites(console);
        assertThat(disks(machine)).containsExactly(place(base));
        assertThat(snapshots().list(machine)).isEmpty();
        assertThat(host.secrets()).as("the base's alone").hasSize(1).isSubsetOf(both);
        assertThat(host.virsh("dumpxml", "--inactive", machine.value()))
                .doesNotContain("<source file='" + TestHost.file(overlay))
                .contains("phase=\"begun\"")
                .as("it was switched, and nobody doubts that")
                .doesNotContain("switching");
        assertThat(host.stopAndCheck(spec, TestHost.image(base)).holds()).isTrue();
        assertThat(host.secrets()).isEmpty();
    }

    @Test
    void a_plain_overlay_that_grew_is_merged_after_a_cancelled_try_and_a_disk_with_a_snapshot_goes()
            throws InterruptedException {
        Disk base = host.disk(host.pool("pool"), ImageFormat.QCOW2, SIZE, List.of());
        Disk data = host.disk(host.pool("pool"), ImageFormat.LUKS, ByteSize.mebibytes(16), List.of(below));
        Disk overlay = overlay(base);
        Disk overData = overlay(data, above);
        MachineSpec spec = host.spec(base, WRITING).with(data);
        MachineId machine = new MachineId(spec.name());
        GuestConsole console = host.startWriting(spec, 100);
        snapshots().take(machine, frozen(base, overlay).onto(data.volume(), overData));
        assertWrites(console);

        host.hypervisor().hotPlug().orElseThrow().detach(machine, overData.volume(), TestHost.PATIENCE);
        assertThat(disks(machine)).containsExactly(place(overlay));
        assertThat(host.secrets()).as("neither layer's").isEmpty();
        assertThat(snapshots().list(machine).get(0).disks()).hasSize(1);
        assertThat(host.virsh("dumpxml", machine.value()))
                .as("what is known of the disk that went")
                .doesNotContain(
                        TestHost.file(data).toString(), TestHost.file(overData).toString());
        ByteSize larger = SIZE.plus(ByteSize.mebibytes(16));
        host.hypervisor().hotPlug().orElseThrow().resize(machine, overlay.volume(), larger);
        DiskMerge merge = DiskMerge.of(overlay.over(base));
        BlockJob slow = snapshots().merge(machine, merge.limitedTo(ByteSize.kibibytes(64)));
        assertThat(snapshots().merging(machine, overlay.volume())).containsSame(slow);
        assertThat(host.migration().find(machine, overlay.volume()))
                .as("a move")
                .isEmpty();
        slow.cancel();
        assertThat(slow.await(TestHost.PATIENCE)).contains(new JobVerdict.Cancelled());
        assertThat(snapshots().list(machine).get(0).disks())
                .extracting(SnapshotDisk::content)
                .containsExactly(SnapshotDisk.Content.CHANGED);

        assertThat(snapshots().merge(machine, merge).await(TestHost.PATIENCE)).contains(SUCCEEDED);

        assertWrites(console);
        assertThat(disks(machine)).containsExactly(place(base));
        assertThat(QemuImg.probe(CommandRunner.local())
                        .whileInUse()
                        .info(TestHost.image(base))
                        .virtualSize())
                .isEqualTo(larger);
        RecordCheck check = host.stopAndCheck(spec, TestHost.image(base));
        assertThat(check.holds()).as(check.toString()).isTrue();
    }

    @Test
    void the_daemon_is_killed_in_mid_merge_and_the_merge_still_succeeds() throws InterruptedException {
        Disk base = host.disk(host.pool("pool"), ImageFormat.LUKS, SIZE, List.of(below));
        Disk overlay = overlay(base, above);
        MachineSpec spec = host.spec(base, WRITING);
        MachineId machine = new MachineId(spec.name());
        host.hypervisor().keysFrom(keys(base, overlay));
        GuestConsole console = host.startWriting(spec, 100);
        snapshots().take(machine, frozen(base, overlay));
        assertWrites(console);
        DiskMerge merge = DiskMerge.of(overlay.over(base)).limitedTo(ByteSize.kibibytes(64));
        BlockJob job = snapshots().merge(machine, merge);

        HOST.host().killDaemon();
        assertThat(job.await(Duration.ofSeconds(1)))
                .as("nobody answers, so nobody knows")
                .isEmpty();
        HOST.host().startDaemon();
        assertThat(snapshots().merging(machine, overlay.volume())).isPresent();
        host.virsh("blockjob", machine.value(), "vda", "--bandwidth", "0");

        assertThat(job.await(TestHost.PATIENCE)).contains(SUCCEEDED);
        assertWrites(console);
        assertThat(disks(machine)).containsExactly(place(base));
        assertThat(host.secrets()).as("the base's alone").hasSize(1);
        RecordCheck check = host.stopAndCheck(spec, TestHost.image(base));
        assertThat(check.holds()).as(check.toString()).isTrue();
        assertThat(host.secrets()).isEmpty();
    }

    @Test
    void what_is_noted_while_the_host_is_told_of_a_snapshot_is_not_lost()
            throws InterruptedException, ExecutionException {
        Disk base = host.disk(host.pool("pool"), ImageFormat.QCOW2, ByteSize.mebibytes(1), List.of());
        MachineId machine = host.start(host.spec(base, GuestWork.idle()).keptAs(Persistence.PERSISTENT));
        SnapshotRequest request = frozen(base, overlay(base));
        MachineSnapshot taken = snapshots().take(machine, request);
        List<Disk> attached = new ArrayList<>();
        for (int i = 0; i < DISKS * 2; i++) {
            attached.add(host.disk(host.pool("pool"), ImageFormat.QCOW2, ByteSize.mebibytes(1), List.of()));
        }
        AtomicBoolean over = new AtomicBoolean();
        ExecutorService thread = Executors.newSingleThreadExecutor();
        Future<Integer> teller = thread.submit(() -> {
            int times = 0;
            for (; !over.get(); times++) {
                assertThat(snapshots().take(machine, request)).isEqualTo(taken);
            }
            return times;
        });
        try {
            for (Disk disk : attached) {
                host.hypervisor().hotPlug().orElseThrow().attach(machine, disk);
            }
        } finally {
            over.set(true);
            thread.shutdown();
        }

        assertThat(teller.get()).as("snapshots told of").isPositive();
        String remembered = host.virsh("dumpxml", "--inactive", machine.value());
        assertThat(attached)
                .allSatisfy(disk -> assertThat(remembered)
                        .contains("id=\"" + disk.volume() + "\"", "<source file='" + TestHost.file(disk)));
    }

    @Test
    void encrypted_block_devices_are_frozen_onto_others_and_merged() throws InterruptedException {
        Path device = device("base", SIZE);
        QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
        qemuImg.create(Image.luks(device).unlockedBy(below), SIZE.minus(ByteSize.mebibytes(4)));
        Disk base = Disk.of(new VolumeId("base"), new Attachment.BlockDevice(device), ImageFormat.LUKS)
                .unlockedBy(below);
        Path larger = device("overlay", SIZE.plus(ByteSize.mebibytes(8)));
        qemuImg.create(CreateRequest.of(Image.qcow2(larger).unlockedBy(above).over(TestHost.image(base))));
        Disk overlay = Disk.of(new VolumeId("overlay"), new Attachment.BlockDevice(larger), ImageFormat.QCOW2)
                .unlockedBy(above);
        MachineSpec spec = host.spec(base, WRITING).keptAs(Persistence.PERSISTENT);
        MachineId machine = new MachineId(spec.name());
        GuestConsole console = host.startWriting(spec, 100);

        MachineSnapshot taken = snapshots().take(machine, frozen(base, overlay));

        assertWrites(console);
        assertThat(disks(machine)).containsExactly(place(overlay));
        assertThat(snapshots().list(machine)).containsExactly(taken);
        assertThat(host.virsh("dumpxml", "--inactive", machine.value()))
                .contains("<source dev='" + larger, "<source dev='" + device);
        assertThat(snapshots().merge(machine, DiskMerge.of(overlay.over(base))).await(TestHost.PATIENCE))
                .contains(SUCCEEDED);
        assertWrites(console);
        assertThat(disks(machine)).containsExactly(place(base));
        RecordCheck check = host.stopAndCheck(spec, TestHost.image(base));
        assertThat(check.holds()).as(check.toString()).isTrue();
    }

    private static void assertHasNoRecordInClear(Disk disk) throws IOException {
        String bytes = new String(Files.readAllBytes(TestHost.file(disk)), StandardCharsets.ISO_8859_1);
        assertThat(bytes.contains("HVKIT seq=")).as("a guest's record in clear").isFalse();
    }
}
