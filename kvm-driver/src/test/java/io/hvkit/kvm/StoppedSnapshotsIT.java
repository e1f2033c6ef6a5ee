package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.KeySource;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.MergePlan;
import io.hvkit.hypervisor.spi.MergeSight;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.ImageLock;
import io.hvkit.qemu.QemuImg;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.guest.GuestConsole;
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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Disks of stopped machines are frozen and merged, whoever else comes, and what they have is never in doubt unnoticed. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class StoppedSnapshotsIT extends LayeredTest {

    private static final int ROUNDS = 4;

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
}
