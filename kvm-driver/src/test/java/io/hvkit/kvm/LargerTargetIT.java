package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.testkit.guest.GuestConsole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Targets that are larger than the disk, as those of arrays that round sizes up: the guest goes on with the size it has. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LargerTargetIT extends TwoHostsTest {

    private static final ByteSize LARGER = SIZE.plus(ByteSize.mebibytes(8));

    @ParameterizedTest
    @EnumSource(
            value = ImageFormat.class,
            names = {"RAW", "LUKS"})
    void a_disk_moves_to_a_larger_target_and_has_all_of_it_when_it_is_started_on_it(ImageFormat format)
            throws InterruptedException {
        List<Secret> key = format == ImageFormat.LUKS ? List.of(newKey) : List.of();
        Disk disk = host.disk(host.pool("fast"), ImageFormat.RAW, SIZE, List.of());
        Disk target = host.disk(host.pool("big"), format, LARGER, key);
        MachineSpec spec = host.spec(disk, WRITING).keptAs(Persistence.PERSISTENT);
        GuestConsole console = host.startWriting(spec, 32);

        assertThat(move(spec, disk, target).await(TestHost.PATIENCE)).contains(SUCCEEDED);

        console.awaitAcknowledged(console.acknowledged() + 64, TestHost.PATIENCE);
        assertThat(size(spec)).isEqualTo(SIZE);
        refuses(
                        Failure.UNSUPPORTED,
                        () -> host.hypervisor().hotPlug().orElseThrow().resize(id(spec), target.volume(), LARGER))
                .hasMessageContaining("stop machine " + spec.name());

        assertHolds(host.stopAndCheck(spec, TestHost.image(target)));
        host.hypervisor()
                .start(id(spec), volume -> key.stream().map(Secret::copy).findFirst());
        assertThat(size(spec)).isEqualTo(LARGER);
    }

    @Test
    void a_disk_on_a_larger_target_moves_on_and_takes_snapshots() throws InterruptedException {
        Disk disk = host.disk(host.pool("fast"), ImageFormat.RAW, SIZE, List.of());
        Disk target = host.disk(host.pool("big"), ImageFormat.RAW, LARGER, List.of());
        Disk exact = host.disk(host.pool("exact"), ImageFormat.LUKS, SIZE, List.of(newKey));
        MachineSpec spec = host.spec(disk, WRITING);
        GuestConsole console = host.startWriting(spec, 32);
        MachineSnapshots snapshots = host.hypervisor().machineSnapshots().orElseThrow();
        assertThat(move(spec, disk, target).await(TestHost.PATIENCE)).contains(SUCCEEDED);
        Disk wide = overlay("wide", target, LARGER);
        Disk fitting = overlay("fitting", target, SIZE);

        refuses(Failure.INVALID_REQUEST, () -> snapshots.take(id(spec), snapshot(target, wide)))
                .hasMessageContaining("more once the machine was stopped and started");
        snapshots.take(id(spec), snapshot(target, fitting));
        console.awaitAcknowledged(console.acknowledged() + 64, TestHost.PATIENCE);
        BlockJob merge = snapshots.merge(id(spec), DiskMerge.of(fitting.over(target)));
        assertThat(merge.await(TestHost.PATIENCE)).contains(SUCCEEDED);

        assertThat(move(spec, target, exact).await(TestHost.PATIENCE)).contains(SUCCEEDED);
        console.awaitAcknowledged(console.acknowledged() + 64, TestHost.PATIENCE);
        assertThat(host.secrets()).hasSize(1);
        assertHolds(host.stopAndCheck(spec, TestHost.image(exact)));
    }

    @Test
    void a_larger_target_that_has_its_size_in_its_header_is_refused_before_a_byte_is_written()
            throws InterruptedException, IOException {
        Disk disk = host.disk(host.pool("fast"), ImageFormat.RAW, SIZE, List.of());
        Disk target = host.disk(host.pool("big"), ImageFormat.QCOW2, LARGER, List.of());
        MachineSpec spec = host.spec(disk, WRITING);
        host.startWriting(spec, 32);
        byte[] before = Files.readAllBytes(TestHost.file(target));

        refuses(Failure.INVALID_REQUEST, () -> move(spec, disk, target))
                .hasMessageContaining("40 MiB")
                .hasMessageContaining("32 MiB");
        refuses(
                Failure.INVALID_REQUEST,
                () -> host.machineMigration().start(id(spec), to(other).moving(disk.volume(), target)));

        assertThat(Files.readAllBytes(TestHost.file(target))).isEqualTo(before);
        assertHolds(host.stopAndCheck(spec, TestHost.image(disk)));
    }

    @Test
    void a_machine_moves_with_its_disk_to_a_larger_target() throws InterruptedException {
        Disk disk = host.disk(host.pool("here"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        Disk target = other.disk(other.pool("there"), ImageFormat.LUKS, LARGER, List.of(newKey));
        MachineSpec spec = host.spec(disk, WRITING);
        GuestConsole console = startToMove(spec);

        MachineMove move = to(other).moving(disk.volume(), target);
        assertThat(host.machineMigration().start(id(spec), move).await(TestHost.PATIENCE))
                .contains(SUCCEEDED);

        assertRunsThere(spec, target, console);
        assertHolds(other.stopAndCheck(spec, TestHost.image(target)));
    }

    /** By the tool itself: the driver's refuses to make one that is smaller than what it lies over. */
    private Disk overlay(String name, Disk base, ByteSize size) throws InterruptedException {
        Path path = folder.resolve(name + ".qcow2");
        List<String> words = List.of("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b");
        List<String> argv = new ArrayList<>(words);
        argv.addAll(List.of(TestHost.file(base).toString(), path.toString(), Long.toString(size.bytes())));
        assertThat(CommandRunner.local().run(Command.of(argv)).exitCode()).isZero();
        return Disk.of(new VolumeId(name), new Attachment.ImageFile(path), ImageFormat.QCOW2);
    }

    private static SnapshotRequest snapshot(Disk disk, Disk overlay) {
        return SnapshotRequest.named(new SnapshotId("s")).onto(disk.volume(), overlay);
    }

    private ByteSize size(MachineSpec spec) throws InterruptedException {
        String info = host.virsh("domblkinfo", spec.name(), "vda");
        return info.lines()
                .filter(line -> line.startsWith("Capacity:"))
                .map(line -> ByteSize.bytes(
                        Long.parseLong(line.substring("Capacity:".length()).strip())))
                .findFirst()
                .orElseThrow();
    }

    private BlockJob move(MachineSpec spec, Disk from, Disk target) throws InterruptedException {
        return host.migration().start(id(spec), from.volume(), DiskMove.to(target));
    }
}
