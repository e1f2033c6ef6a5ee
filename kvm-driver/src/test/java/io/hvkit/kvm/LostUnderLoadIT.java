package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.hypervisor.spi.LiveMigration;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Pivot;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.CreateRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.libvirt.DaemonRelay;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A guest writes on while calls about its disks and its machine are lost, or their answers: none of its records is. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class LostUnderLoadIT extends TwoHostsTest {

    // numbers of libvirt's remote protocol
    private static final Set<Integer> SNAPSHOT = Set.of(185);
    private static final Set<Integer> PIVOT = Set.of(237);
    private static final Set<Integer> MERGE = Set.of(290);
    private static final Set<Integer> PERFORM = Set.of(305);

    private DaemonRelay relay;
    private Hypervisor relayed;
    private Disk disk;
    private MachineSpec spec;
    private GuestConsole console;

    @BeforeEach
    void startAGuest() throws InterruptedException {
        Path socket = folder.resolve("relay.sock");
        relay = DaemonRelay.at(socket, HOST.host());
        relayed = host.connect("qemu+unix:///system?socket=" + socket);
        disk = host.disk(host.pool("here"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        spec = host.spec(disk, WRITING);
        console = startToMove(spec);
    }

    @AfterEach
    void endRelay() {
        relay.close();
    }

    @Test
    void a_disk_is_moved_frozen_merged_and_moved_again() throws InterruptedException {
        LiveDiskMigration moves = relayed.liveDiskMigration().orElseThrow();
        MachineSnapshots snapshots = relayed.machineSnapshots().orElseThrow();
        Disk second = host.disk(host.pool("second"), ImageFormat.LUKS, SIZE, List.of(newKey));
        Disk third = host.disk(host.pool("third"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        Disk overlay = overlay(second);

        BlockJob move = moves.start(id(spec), disk.volume(), whenAsked(second));
        ready(move);
        relay.loseReplyTo(PIVOT);
        move.pivot();
        assertEnds(move, second, 1);

        SnapshotRequest request = SnapshotRequest.named(new SnapshotId("lost")).onto(second.volume(), overlay);
        relay.loseReplyTo(SNAPSHOT);
        unlessLost(() -> snapshots.take(id(spec), request));
        assertThat(snapshots.take(id(spec), request).disks()).hasSize(1);
        console.awaitAcknowledged(console.acknowledged() + 64, TestHost.PATIENCE);

        DiskMerge merge = DiskMerge.of(overlay.over(second)).pivoting(Pivot.WHEN_ASKED);
        relay.loseReplyTo(MERGE);
        unlessLost(() -> snapshots.merge(id(spec), merge));
        BlockJob merging = snapshots.merge(id(spec), merge);
        ready(merging);
        relay.loseCallOf(PIVOT);
        merging.pivot();
        assertEnds(merging, second, 4);

        BlockJob last = moves.start(id(spec), second.volume(), whenAsked(third));
        ready(last);
        relay.loseCallOf(PIVOT);
        last.pivot();
        assertEnds(last, third, 5);
        assertHolds(host.stopAndCheck(spec, TestHost.image(third)));
        assertThat(host.secrets()).as("secrets of a machine that has ended").isEmpty();
    }

    @Test
    void a_machine_whose_move_was_lost_goes_on_where_it_was_and_moves_when_it_is_asked_again()
            throws InterruptedException {
        LiveMigration migration = relayed.liveMigration().orElseThrow();
        Disk target = other.disk(other.pool("there"), ImageFormat.LUKS, SIZE, List.of(newKey));
        MachineMove move = to(other).moving(disk.volume(), target);

        relay.loseReplyTo(PERFORM);
        assertThat(migration.start(id(spec), move).await(TestHost.PATIENCE))
                .get()
                .isInstanceOfSatisfying(
                        JobVerdict.Failed.class,
                        failed -> assertThat(failed.failure()).isEqualTo(Failure.UNREACHABLE));
        assertThat(relay.lost()).isEqualTo(1);
        assertRunsOnHere(spec, disk, console);

        assertThat(migration.start(id(spec), move).await(TestHost.PATIENCE)).contains(SUCCEEDED);
        assertRunsThere(spec, target, console);
        assertThat(host.secrets()).as("secrets where it left").isEmpty();
        assertHolds(other.stopAndCheck(spec, TestHost.image(target)));
    }

    private Disk overlay(Disk base) throws InterruptedException {
        Path path = folder.resolve("overlay.qcow2");
        QemuImg.probe(CommandRunner.local())
                .create(CreateRequest.of(Image.qcow2(path).unlockedBy(oldKey).over(TestHost.image(base)), SIZE));
        return Disk.of(new VolumeId("overlay"), new Attachment.ImageFile(path), ImageFormat.QCOW2)
                .unlockedBy(oldKey);
    }

    private static DiskMove whenAsked(Disk target) {
        return DiskMove.to(target).pivoting(Pivot.WHEN_ASKED);
    }

    private static void ready(BlockJob job) throws InterruptedException {
        assertThat(job.awaitReady(TestHost.PATIENCE)).isEqualTo(BlockJobPhase.READY);
    }

    private interface Call {
        void make() throws InterruptedException;
    }

    private static void unlessLost(Call call) throws InterruptedException {
        try {
            call.make();
        } catch (DriverException e) {
            assertThat(e.failure()).as(e.toString()).isEqualTo(Failure.UNREACHABLE);
        }
    }

    private void assertEnds(BlockJob job, Disk on, int losses) throws InterruptedException {
        assertThat(job.await(TestHost.PATIENCE)).get().isInstanceOf(JobVerdict.Succeeded.class);
        assertThat(relay.lost()).isEqualTo(losses);
        console.awaitAcknowledged(console.acknowledged() + 64, TestHost.PATIENCE);
        assertThat(host.hypervisor().find(id(spec)).orElseThrow().disks())
                .extracting(found -> found.attachment())
                .containsExactly(on.attachment());
        assertThat(host.secrets()).hasSize(1);
    }
}
