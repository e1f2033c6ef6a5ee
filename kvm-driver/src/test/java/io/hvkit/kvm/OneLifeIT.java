package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.CopyMode;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.CreateRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.RecordCheck;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One guest writes from its boot to its end, while everything that can be done to a running machine is done to it. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(300)
class OneLifeIT extends TwoHostsTest {

    private static final ByteSize GROWN = SIZE.plus(ByteSize.mebibytes(8));
    private static final long SOME = 64;

    private final Secret dataKey = Secret.random();
    private Disk root;
    private MachineSpec spec;
    private GuestConsole console;

    @BeforeEach
    void boot() throws InterruptedException {
        root = host.disk(host.pool("here"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        spec = host.spec(root, WRITING).keptAs(Persistence.PERSISTENT);
        console = startToMove(spec);
    }

    @AfterEach
    void wipe() {
        dataKey.close();
    }

    @Test
    void no_record_is_lost_from_the_first_disk_to_the_last() throws InterruptedException {
        plugAndUnplug();
        grow(host, root);
        Disk moved = grownDisk(host, newKey);
        Disk overMoved = overlay("over-moved", moved);
        move(host, root, moved, CopyMode.BACKGROUND);
        freezeAndMerge(host, moved, overMoved);
        Disk away = grownDisk(other, oldKey);
        Disk overAway = overlay("over-away", away);
        send(moved, away, host, other);
        freezeAndMerge(other, away, overAway);
        Disk movedAway = grownDisk(other, newKey);
        move(other, away, movedAway, CopyMode.WRITE_BLOCKING);
        Disk home = grownDisk(host, oldKey);
        send(movedAway, home, other, host);

        RecordCheck check = host.stopAndCheck(spec, TestHost.image(home));
        assertThat(check.holds()).as(check.toString()).isTrue();
        assertThat(check.ioErrors()).as("writes of the guest that failed").isZero();
        assertThat(check.acknowledged()).isGreaterThan(SOME);
        assertThat(host.secrets()).isEmpty();
        assertThat(other.secrets()).isEmpty();
    }

    private void plugAndUnplug() throws InterruptedException {
        Disk data = host.disk(host.pool("here"), ImageFormat.LUKS, ByteSize.mebibytes(16), List.of(dataKey));
        HotPlug plug = host.hypervisor().hotPlug().orElseThrow();
        plug.attach(id(spec), data);
        writesOn();
        grow(host, data);
        plug.detach(id(spec), data.volume(), TestHost.PATIENCE);
        assertThat(host.secrets()).as("secrets after a disk went").hasSize(1);
        writesOn();
    }

    private void grow(TestHost at, Disk disk) throws InterruptedException {
        at.hypervisor().hotPlug().orElseThrow().resize(id(spec), disk.volume(), GROWN);
        writesOn();
    }

    private void move(TestHost at, Disk from, Disk to, CopyMode mode) throws InterruptedException {
        DiskMove move = DiskMove.to(to).copying(mode);
        assertThat(at.migration().start(id(spec), from.volume(), move).await(TestHost.PATIENCE))
                .contains(SUCCEEDED);
        uses(at, to);
    }

    private void freezeAndMerge(TestHost at, Disk base, Disk overlay) throws InterruptedException {
        MachineSnapshots snapshots = at.hypervisor().machineSnapshots().orElseThrow();
        snapshots.take(id(spec), SnapshotRequest.named(new SnapshotId("s")).onto(base.volume(), overlay));
        uses(at, overlay);
        assertThat(snapshots.merge(id(spec), DiskMerge.of(overlay.over(base))).await(TestHost.PATIENCE))
                .contains(SUCCEEDED);
        uses(at, base);
    }

    private void send(Disk from, Disk to, TestHost source, TestHost target) throws InterruptedException {
        assertThat(source.machineMigration()
                        .start(id(spec), to(target).moving(from.volume(), to))
                        .await(TestHost.PATIENCE))
                .contains(SUCCEEDED);
        assertThat(source.hypervisor().find(id(spec))).isEmpty();
        assertThat(source.secrets()).as("secrets of the host that it left").isEmpty();
        uses(target, to);
        assertThat(target.secrets()).hasSize(1);
    }

    private void uses(TestHost at, Disk disk) throws InterruptedException {
        assertThat(at.hypervisor().find(id(spec)).orElseThrow().disks())
                .containsExactly(new MachineDisk(disk.volume(), disk.attachment()));
        writesOn();
    }

    private void writesOn() throws InterruptedException {
        console.awaitAcknowledged(console.acknowledged() + SOME, TestHost.PATIENCE);
    }

    private Disk grownDisk(TestHost at, Secret key) throws InterruptedException {
        return at.disk(at.pool(at == host ? "here" : "there"), ImageFormat.LUKS, GROWN, List.of(key));
    }

    private Disk overlay(String name, Disk base) throws InterruptedException {
        Path path = folder.resolve(name);
        Image image = Image.qcow2(path).unlockedBy(dataKey);
        QemuImg.probe(CommandRunner.local()).create(CreateRequest.of(image.over(TestHost.image(base))));
        return Disk.of(new VolumeId(name), new Attachment.ImageFile(path), ImageFormat.QCOW2)
                .unlockedBy(dataKey);
    }
}
