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
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.KeySource;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.MergePlan;
import io.hvkit.hypervisor.spi.MergeSight;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.SnapshotDisk;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.CreateRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.ImageLock;
import io.hvkit.qemu.QemuImg;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.guest.RecordCheck;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Disks are frozen and merged under guests that write, and no acknowledged record is lost. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class SnapshotsIT extends HostedTest {

    private static final ByteSize SIZE = ByteSize.mebibytes(64);
    private static final JobVerdict SUCCEEDED = new JobVerdict.Succeeded(List.of());
    private static final SnapshotId NAME = new SnapshotId("before-upgrade");

    private static final int DISKS = 3;
    private static final int ROUNDS = 4;

    private final Secret below = Secret.random();
    private final Secret above = Secret.random();

    @AfterEach
    void wipe() {
        below.close();
        above.close();
    }

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
    void a_machine_starts_again_on_its_encrypted_layers_and_is_merged_when_it_is_stopped() throws InterruptedException {
        Disk base = host.disk(host.pool("pool"), ImageFormat.LUKS, SIZE, List.of(below));
        Disk overlay = overlay(base, above);
        MachineSpec spec = host.spec(base, WRITING).keptAs(Persistence.PERSISTENT);
        MachineId machine = new MachineId(spec.name());
        GuestConsole console = host.startWriting(spec, 100);
        MachineSnapshot taken = snapshots().take(machine, frozen(base, overlay));
        assertWrites(console);
        RecordCheck check = host.stopAndCheck(spec, chain(overlay, base));
        assertThat(check.holds()).as(check.toString()).isTrue();
        assertThat(host.secrets()).isEmpty();

        MachineSpec layered = host.respec(spec, overlay.over(base));
        host.hypervisor().start(layered);
        host.hypervisor().start(layered);

        assertThat(host.hypervisor().find(machine).orElseThrow().state()).isEqualTo(MachineState.RUNNING);
        assertThat(snapshots().list(machine)).containsExactly(taken);
        assertThat(host.secrets()).hasSize(2);
        refuses(Failure.EXISTS_DIFFERENTLY, () -> host.hypervisor().start(spec));
        host.hypervisor().stop(machine, StopMode.POWER_OFF);
        assertThat(host.secrets()).isEmpty();
        assertThat(snapshots().merge(machine, DiskMerge.of(overlay.over(base))).await(TestHost.PATIENCE))
                .contains(SUCCEEDED);
        assertThat(disks(machine)).containsExactly(place(base));
        assertThat(QemuImg.probe(CommandRunner.local())
                        .compare(TestHost.image(base), chain(overlay, base))
                        .isIdentical())
                .isTrue();
        host.hypervisor().start(spec);
        assertThat(host.secrets()).hasSize(1);
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
    void what_is_written_after_a_merge_of_a_stopped_machine_is_not_lost() throws Exception {
        Disk base = host.disk(host.pool("pool"), ImageFormat.QCOW2, ByteSize.mebibytes(1), List.of());
        Disk overlay = overlay(base);
        MachineId machine = defined(host.spec(overlay.over(base), WRITING));
        QemuIo machineOfOthers = new QemuIo(CommandRunner.local());
        DiskImage top = DiskImage.at(overlay.attachment(), ImageFormat.QCOW2)
                .over(DiskImage.at(base.attachment(), ImageFormat.QCOW2));
        machineOfOthers.write(top, 0, new byte[256 << 10]);
        byte[] late = new byte[512];
        Arrays.fill(late, (byte) 'l');
        DiskMerge slow = DiskMerge.of(overlay.over(base)).limitedTo(ByteSize.kibibytes(64));
        long daemon = HOST.host().daemonPid().orElseThrow();
        ExecutorService threads = Executors.newSingleThreadExecutor();
        try {
            Future<BlockJob> merge = threads.submit(() -> snapshots().merge(machine, slow));
            Await.until(
                    "the merge is noted",
                    TestHost.PATIENCE,
                    () -> host.virsh("dumpxml", "--inactive", machine.value()).contains("phase=\"begun\""));
            awaitMerging(machineOfOthers, top, new byte[late.length]);
            run("kill", "-STOP", Long.toString(daemon));
            boolean isWritten = writtenAfter(machineOfOthers, top, late);
            run("kill", "-CONT", Long.toString(daemon));
            boolean isMerged = isMerged(merge) // a daemon that stood still for long is merged by once more
                    || (!isWritten && isMerged(threads.submit(() -> snapshots().merge(machine, slow))));

            assertThat(isMerged || isWritten)
                    .as("the overlay goes on only because it was written meanwhile")
                    .isTrue();
            // what came before the merge's program had the disk to itself is merged with the rest, and is in the base
            byte[] held = machineOfOthers.read(
                    isMerged ? DiskImage.at(base.attachment(), ImageFormat.QCOW2) : top, 0, late.length);
            assertThat(held).isEqualTo(isWritten ? late : new byte[late.length]);
        } finally {
            run("kill", "-CONT", Long.toString(daemon));
            threads.shutdownNow();
        }
    }

    /** Waits until the program that merges has a disk for itself; until then it is written what it holds, again. */
    private static void awaitMerging(QemuIo io, DiskImage disk, byte[] same) throws InterruptedException {
        Await.until("the merge keeps everybody from the disk", TestHost.PATIENCE, () -> {
            try {
                io.write(disk, 0, same);
                return false;
            } catch (AssertionError inUse) {
                return true;
            }
        });
    }

    /** Writes to a disk as soon as its merge lets go of it; returns whether that came to pass, or somebody keeps everybody from it. */
    private static boolean writtenAfter(QemuIo io, DiskImage disk, byte[] bytes) throws InterruptedException {
        long start = System.nanoTime();
        int refused = 0;
        while (refused < 20 && System.nanoTime() - start < TestHost.PATIENCE.toNanos()) {
            try {
                io.write(disk, 0, bytes);
                return true;
            } catch (AssertionError inUse) {
                refused += isMergedByNow(disk) ? 1 : 0;
            }
        }
        return false;
    }

    /** The program that merges writes, and nobody reads meanwhile. */
    private static boolean isMergedByNow(DiskImage disk) {
        try (ImageLock lock = ImageLock.takeForReading(disk.attachment().requirePath())) {
            return lock != null;
        } catch (DriverException e) {
            assertThat(e.failure()).isEqualTo(Failure.IN_USE);
            return false;
        }
    }

    private static boolean isMerged(Future<BlockJob> merge) throws InterruptedException {
        try {
            return merge.get().await(TestHost.PATIENCE).equals(Optional.of(SUCCEEDED));
        } catch (ExecutionException e) {
            assertThat(e).hasCauseInstanceOf(DriverException.class);
            return false;
        }
    }

    @Test
    void disks_of_a_stopped_machine_are_merged_by_several_at_the_same_time()
            throws InterruptedException, ExecutionException {
        List<Disk> bases = new ArrayList<>();
        for (int i = 0; i < DISKS; i++) {
            bases.add(host.disk(host.pool("pool"), ImageFormat.QCOW2, ByteSize.mebibytes(1), List.of()));
        }
        MachineSpec spec = host.spec(bases.get(0), WRITING).keptAs(Persistence.PERSISTENT);
        for (Disk base : bases.subList(1, DISKS)) {
            spec = spec.with(base);
        }
        MachineId machine = host.hypervisor().define(spec).id();
        host.undoLater(() -> host.hypervisor().forget(machine));
        for (int round = 0; round < ROUNDS; round++) {
            SnapshotRequest request = SnapshotRequest.named(new SnapshotId("round-" + round));
            List<DiskMerge> merges = new ArrayList<>();
            for (Disk base : bases) {
                Disk overlay = overlay(base);
                request = request.onto(base.volume(), overlay);
                merges.add(DiskMerge.of(overlay.over(base)));
            }
            snapshots().take(machine, request);

            mergeTogether(machine, merges);

            MergePlan plan = MergePlan.look(snapshots(), machine, merges);
            assertThat(plan.isDone()).as("round %d: %s", round, plan.explain()).isTrue();
        }
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
    void nothing_is_merged_into_a_layer_that_another_disk_lies_over_of_this_machine_or_of_one_that_is_stopped()
            throws InterruptedException {
        Disk base = host.disk(host.pool("pool"), ImageFormat.QCOW2, ByteSize.mebibytes(1), List.of());
        Disk one = overlay(base);
        Disk other = overlay(base);
        DiskMerge merge = DiskMerge.of(one.over(base));
        MachineId both = defined(host.spec(one.over(base), WRITING).with(other.over(base)));
        refuses(Failure.IN_USE, () -> snapshots().merge(both, merge)).hasMessageContaining("disk vdb over");
        host.hypervisor().forget(both);

        MachineId alone = defined(host.spec(one.over(base), WRITING));
        MachineId reader = defined(host.spec(other.over(base), WRITING));
        refuses(Failure.IN_USE, () -> snapshots().merge(alone, merge)).hasMessageContaining(reader.value());
        assertThat(snapshots().look(alone, merge).state()).isEqualTo(MergeSight.State.UNMERGED);
        host.hypervisor().forget(reader);

        assertThat(snapshots().merge(alone, merge).await(TestHost.PATIENCE)).contains(SUCCEEDED);
        assertThat(disks(alone)).containsExactly(place(base));
    }

    @Test
    void a_layer_that_cannot_grow_is_not_written_to() throws InterruptedException, IOException {
        ByteSize small = ByteSize.mebibytes(1);
        Path device = device("small", small);
        byte[] frozen = "frozen".repeat(1 << 10).getBytes(StandardCharsets.US_ASCII);
        Files.write(device, frozen, StandardOpenOption.WRITE);
        Disk base = Disk.of(new VolumeId("small"), new Attachment.BlockDevice(device), ImageFormat.RAW);
        Disk overlay = overlay(base);
        QemuImg.probe(CommandRunner.local()).resize(chain(overlay, base), small.plus(small));
        Path content = Files.write(folder.resolve("content"), new byte[Math.toIntExact(small.bytes())]);
        run(
                "qemu-img",
                "convert",
                "-n",
                "-f",
                "raw",
                "-O",
                "qcow2",
                content.toString(),
                TestHost.file(overlay).toString());
        MachineId machine = defined(host.spec(overlay.over(base), WRITING));
        DiskMerge merge = DiskMerge.of(overlay.over(base));
        assertThat(snapshots().look(machine, merge).growth()).contains(small);

        refuses(Failure.EXHAUSTED, () -> snapshots().merge(machine, merge)).hasMessageContaining("grow by 1 MiB");

        assertThat(Files.readAllBytes(device)).startsWith(frozen);
        assertThat(disks(machine)).containsExactly(place(overlay));
        assertThat(snapshots().look(machine, merge).state())
                .as("nothing has begun")
                .isEqualTo(MergeSight.State.UNMERGED);
    }

    private MachineId defined(MachineSpec spec) throws InterruptedException {
        MachineId machine =
                host.hypervisor().define(spec.keptAs(Persistence.PERSISTENT)).id();
        host.undoLater(() -> host.hypervisor().forget(machine));
        return machine;
    }

    @Test
    void a_doubt_that_comes_up_while_keys_are_looked_for_keeps_the_machine_from_starting() throws InterruptedException {
        Disk base = host.disk(host.pool("pool"), ImageFormat.LUKS, ByteSize.mebibytes(1), List.of(below));
        Disk overlay = overlay(base, above);
        MachineId machine = defined(host.spec(overlay.over(base), WRITING));
        KeySource keys = keys(base, overlay);
        KeySource meanwhile = volume -> {
            noteSwitch(machine, overlay, base);
            return keys.find(volume);
        };

        refuses(Failure.HOST_NOT_READY, () -> host.hypervisor().start(machine, meanwhile));

        assertThat(host.hypervisor().find(machine).orElseThrow().state()).isEqualTo(MachineState.STOPPED);
        assertThat(host.secrets()).isEmpty();
    }

    /** Notes what another process would that ran the machine meanwhile. */
    private void noteSwitch(MachineId machine, Disk overlay, Disk into) {
        String note = "<$1merges><$1merge phase='switching'><$1overlay type='file' path='" + TestHost.file(overlay)
                + "'/><$1into type='file' path='" + TestHost.file(into) + "'/></$1merge></$1merges>";
        try {
            String xml = host.virsh("dumpxml", "--inactive", machine.value());
            if (xml.contains("switching")) {
                return; // another key was looked for before
            }
            String noted = xml.replaceFirst("<((?:hvkit:)?)merges/>", note);
            assertThat(noted).contains("switching");
            host.virsh(
                    "define",
                    Files.writeString(folder.resolve("noted.xml"), noted).toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
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

    private void mergeTogether(MachineId machine, List<DiskMerge> merges)
            throws InterruptedException, ExecutionException {
        CyclicBarrier barrier = new CyclicBarrier(merges.size());
        ExecutorService threads = Executors.newFixedThreadPool(merges.size());
        try {
            List<Callable<BlockJob>> calls = new ArrayList<>();
            for (DiskMerge merge : merges) {
                calls.add(() -> {
                    barrier.await();
                    return snapshots().merge(machine, merge);
                });
            }
            for (Future<BlockJob> call : threads.invokeAll(calls)) {
                assertThat(call.get().await(Duration.ZERO)).contains(SUCCEEDED);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Returns a loop device, which is a block device like any other. */
    private Path device(String name, ByteSize size) throws InterruptedException {
        Path file = folder.resolve(name);
        run("truncate", "-s", Long.toString(size.bytes()), file.toString());
        String device = run("losetup", "--find", "--show", file.toString()).strip();
        host.undoLater(() -> run("losetup", "--detach", device));
        return Path.of(device);
    }

    private static String run(String... words) throws InterruptedException {
        CommandResult result = CommandRunner.local().run(Command.of(List.of(words)));
        assertThat(result.exitCode()).as(result.errors()).isZero();
        return result.output();
    }

    private MachineSnapshots snapshots() {
        return host.hypervisor().machineSnapshots().orElseThrow();
    }

    private static SnapshotRequest frozen(Disk base, Disk overlay) {
        return SnapshotRequest.named(NAME).onto(base.volume(), overlay);
    }

    private static KeySource keys(Disk... disks) {
        Map<VolumeId, Secret> known = new HashMap<>();
        for (Disk disk : disks) {
            disk.key().ifPresent(key -> known.put(disk.volume(), key));
        }
        return volume -> Optional.ofNullable(known.get(volume)).map(Secret::copy);
    }

    private Disk overlay(Disk base) throws InterruptedException {
        return made(Image.qcow2(folder.resolve("o-" + UUID.randomUUID())), base);
    }

    private Disk overlay(Disk base, Secret key) throws InterruptedException {
        return made(Image.qcow2(folder.resolve("o-" + UUID.randomUUID())).unlockedBy(key), base)
                .unlockedBy(key);
    }

    private static Disk made(Image image, Disk base) throws InterruptedException {
        QemuImg.probe(CommandRunner.local()).create(CreateRequest.of(image.over(TestHost.image(base))));
        Path path = image.path().orElseThrow();
        return Disk.of(
                new VolumeId(String.valueOf(path.getFileName())), new Attachment.ImageFile(path), ImageFormat.QCOW2);
    }

    private static Image chain(Disk overlay, Disk base) {
        return TestHost.image(overlay).over(TestHost.image(base));
    }

    private List<MachineDisk> disks(MachineId machine) throws InterruptedException {
        return host.hypervisor().find(machine).orElseThrow().disks();
    }

    private static MachineDisk place(Disk disk) {
        return new MachineDisk(disk.volume(), disk.attachment());
    }

    private static void assertWrites(GuestConsole console) throws InterruptedException {
        console.awaitAcknowledged(console.acknowledged() + 200, TestHost.PATIENCE);
    }

    private static void assertHasNoRecordInClear(Disk disk) throws IOException {
        String bytes = new String(Files.readAllBytes(TestHost.file(disk)), StandardCharsets.ISO_8859_1);
        assertThat(bytes.contains("HVKIT seq=")).as("a guest's record in clear").isFalse();
    }
}
