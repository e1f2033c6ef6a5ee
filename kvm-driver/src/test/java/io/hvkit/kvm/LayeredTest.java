package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.KeySource;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.CreateRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.testkit.guest.GuestConsole;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;

/** What tests of disks with layers share: disks, overlays for them, and what the machine has of both. */
abstract class LayeredTest extends HostedTest {

    static final ByteSize SIZE = ByteSize.mebibytes(64);
    static final JobVerdict SUCCEEDED = new JobVerdict.Succeeded(List.of());
    static final SnapshotId NAME = new SnapshotId("before-upgrade");
    static final int DISKS = 3;

    final Secret below = Secret.random();
    final Secret above = Secret.random();

    @AfterEach
    void wipe() {
        below.close();
        above.close();
    }

    /** Returns a loop device, which is a block device like any other. */
    final Path device(String name, ByteSize size) throws InterruptedException {
        Path file = folder.resolve(name);
        run("truncate", "-s", Long.toString(size.bytes()), file.toString());
        String device = run("losetup", "--find", "--show", file.toString()).strip();
        host.undoLater(() -> run("losetup", "--detach", device));
        return Path.of(device);
    }

    static String run(String... words) throws InterruptedException {
        CommandResult result = CommandRunner.local().run(Command.of(List.of(words)));
        assertThat(result.exitCode()).as(result.errors()).isZero();
        return result.output();
    }

    final MachineSnapshots snapshots() {
        return host.hypervisor().machineSnapshots().orElseThrow();
    }

    static SnapshotRequest frozen(Disk base, Disk overlay) {
        return SnapshotRequest.named(NAME).onto(base.volume(), overlay);
    }

    static KeySource keys(Disk... disks) {
        Map<VolumeId, Secret> known = new HashMap<>();
        for (Disk disk : disks) {
            disk.key().ifPresent(key -> known.put(disk.volume(), key));
        }
        return volume -> Optional.ofNullable(known.get(volume)).map(Secret::copy);
    }

    final Disk overlay(Disk base) throws InterruptedException {
        return made(Image.qcow2(folder.resolve("o-" + UUID.randomUUID())), base);
    }

    final Disk overlay(Disk base, Secret key) throws InterruptedException {
        return made(Image.qcow2(folder.resolve("o-" + UUID.randomUUID())).unlockedBy(key), base)
                .unlockedBy(key);
    }

    static Disk made(Image image, Disk base) throws InterruptedException {
        QemuImg.probe(CommandRunner.local()).create(CreateRequest.of(image.over(TestHost.image(base))));
        Path path = image.path().orElseThrow();
        return Disk.of(
                new VolumeId(String.valueOf(path.getFileName())), new Attachment.ImageFile(path), ImageFormat.QCOW2);
    }

    final List<MachineDisk> disks(MachineId machine) throws InterruptedException {
        return host.hypervisor().find(machine).orElseThrow().disks();
    }

    static MachineDisk place(Disk disk) {
        return new MachineDisk(disk.volume(), disk.attachment());
    }

    static Image chain(Disk overlay, Disk base) {
        return TestHost.image(overlay).over(TestHost.image(base));
    }

    static void assertWrites(GuestConsole console) throws InterruptedException {
        console.awaitAcknowledged(console.acknowledged() + 200, TestHost.PATIENCE);
    }
}
