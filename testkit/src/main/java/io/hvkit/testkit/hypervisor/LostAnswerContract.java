package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Pivot;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.hypervisor.spi.StopMode;
import java.util.Optional;
import org.junit.jupiter.api.TestTemplate;

/**
 * What becomes of a change whose call was lost on the way, or whose answer was after the host had done it: the call claims nothing
 * that it cannot know, the same call once more finishes or confirms it, it was done once, and nothing of it stays.
 */
public abstract non-sealed class LostAnswerContract extends LossCases {

    private static final ByteSize MORE = ByteSize.mebibytes(4);
    private static final SnapshotId SNAPSHOT = new SnapshotId("lost");

    /** Made by JUnit. */
    protected LostAnswerContract() {}

    /** Returns a plain, empty {@code QCOW2} disk over a plain one, of the same size, that nothing uses; asked for if there are no others. */
    protected abstract Disk overlay(VolumeId volume, Disk base) throws InterruptedException;

    /** Returns an empty {@code QCOW2} disk over any disk, encrypted with a key; asked for only if such disks are offered. */
    protected abstract Disk encryptedOverlay(VolumeId volume, Disk base, Secret secret) throws InterruptedException;

    /** Returns how large a disk is now, as seen by who stores it. */
    protected abstract ByteSize sizeOf(Disk stored) throws InterruptedException;

    @TestTemplate
    final void a_start_is_confirmed_and_made_one_machine() throws InterruptedException {
        startsOnce(Change.START, spec);
    }

    @TestTemplate
    final void a_start_of_a_machine_that_is_remembered_is_confirmed_and_made_one_machine() throws InterruptedException {
        if (offers(HypervisorFeature.PERSISTENT_MACHINES)) {
            startsOnce(Change.START_REMEMBERED, spec.keptAs(Persistence.PERSISTENT));
        } else {
            refuses(Failure.UNSUPPORTED, () -> start(spec.keptAs(Persistence.PERSISTENT)));
        }
    }

    private void startsOnce(Change change, MachineSpec wanted) throws InterruptedException {
        undoLater(wanted);
        lose(change, () -> hypervisor.start(wanted));

        Machine machine = hypervisor.start(wanted);

        assertThat(names()).containsOnlyOnce(wanted.name());
        assertThat(machine.state()).isIn(MachineState.STARTING, MachineState.RUNNING);
        assertThat(disks(machine.id())).containsExactly(place(disk));
        assertThat(connection().start(wanted).id()).isEqualTo(machine.id());
    }

    @TestTemplate
    final void a_definition_is_confirmed_and_starts_nothing() throws InterruptedException {
        if (!offers(HypervisorFeature.DEFINED_MACHINES)) {
            return;
        }
        MachineSpec kept = spec.keptAs(Persistence.PERSISTENT);
        undoLater(kept);
        lose(Change.DEFINE, () -> hypervisor.define(kept));

        Machine machine = hypervisor.define(kept);

        assertThat(machine.state()).isEqualTo(MachineState.STOPPED);
        assertThat(names()).containsOnlyOnce(kept.name());
        assertThat(disks(machine.id())).containsExactly(place(disk));
        assertThat(connection().start(machine.id()).id()).isEqualTo(machine.id());
        assertThat(state(machine.id())).contains(MachineState.RUNNING);
    }

    @TestTemplate
    final void a_stop_is_confirmed_and_its_disk_is_free() throws InterruptedException {
        int before = keysHeld(HOST);
        Disk locked = lockedDisk();
        MachineId id = start(MachineSpec.named(unique()).with(locked)).id();
        lose(Change.STOP, () -> hypervisor.stop(id, StopMode.POWER_OFF));

        hypervisor.stop(id, StopMode.POWER_OFF);

        assertThat(state(id)).isNotEqualTo(Optional.of(MachineState.RUNNING));
        assertThat(keysHeld(HOST)).as("keys of a machine that has ended").isEqualTo(before);
        start(MachineSpec.named(unique()).with(locked));
    }

    @TestTemplate
    final void a_disk_that_was_attached_is_there_once() throws InterruptedException {
        Optional<HotPlug> plug = hypervisor.hotPlug();
        assertThat(plug.isPresent()).isEqualTo(offers(HypervisorFeature.HOT_PLUG));
        if (plug.isEmpty()) {
            return;
        }
        int before = keysHeld(HOST);
        MachineId id = start(spec).id();
        Disk data = lockedDisk();
        lose(Change.ATTACH, () -> plug.get().attach(id, data));

        plug.get().attach(id, data);

        assertThat(disks(id)).containsExactly(place(disk), place(data));
        hypervisor.stop(id, StopMode.POWER_OFF);
        assertThat(keysHeld(HOST)).as("keys of a machine that has ended").isEqualTo(before);
    }

    @TestTemplate
    final void a_disk_that_was_detached_is_gone_and_free() throws InterruptedException {
        Optional<HotPlug> plug = hypervisor.hotPlug();
        if (plug.isEmpty()) {
            return;
        }
        int before = keysHeld(HOST);
        Disk data = lockedDisk();
        MachineSpec listening = underTest().listening(spec.with(data));
        MachineId id = start(listening).id();
        underTest().awaitGuest(listening);
        lose(Change.DETACH, () -> plug.get().detach(id, data.volume(), PATIENCE));

        plug.get().detach(id, data.volume(), PATIENCE);

        assertThat(disks(id)).containsExactly(place(disk));
        assertThat(keysHeld(HOST)).as("keys of a disk that is gone").isEqualTo(before);
        start(MachineSpec.named(unique()).with(data));
    }

    @TestTemplate
    final void a_disk_that_grew_has_the_size_that_was_asked_for() throws InterruptedException {
        Optional<HotPlug> plug = hypervisor.hotPlug();
        if (plug.isEmpty()) {
            return;
        }
        MachineId id = start(spec).id();
        ByteSize larger = sizeOf(disk).plus(MORE);
        lose(Change.RESIZE, () -> plug.get().resize(id, disk.volume(), larger));

        plug.get().resize(id, disk.volume(), larger);

        assertThat(sizeOf(disk)).isEqualTo(larger);
        connection().hotPlug().orElseThrow().resize(id, disk.volume(), larger);
        refuses(
                Failure.INVALID_REQUEST,
                () -> plug.get().resize(id, disk.volume(), sizeOf(disk).minus(MORE)));
    }

    @TestTemplate
    final void a_move_that_began_is_found_and_ends_on_the_target() throws InterruptedException {
        Optional<LiveDiskMigration> moves = hypervisor.liveDiskMigration();
        assertThat(moves.isPresent()).isEqualTo(offers(HypervisorFeature.LIVE_DISK_MIGRATION));
        if (moves.isEmpty()) {
            return;
        }
        int before = keysHeld(HOST);
        Disk source = lockedDisk();
        Disk target = lockedDisk();
        MachineId id = start(MachineSpec.named(unique()).with(source)).id();
        DiskMove move = DiskMove.to(target).pivoting(Pivot.WHEN_ASKED);
        lose(Change.MOVE_DISK, () -> moves.get().start(id, source.volume(), move));
        assertThat(disks(id)).containsExactly(place(source));

        BlockJob job = moves.get().start(id, source.volume(), move);

        assertPivots(job);
        assertThat(disks(id)).containsExactly(place(target));
        assertThat(keysHeld(HOST)).as("keys after the move").isEqualTo(before + keysOf(1));
    }

    @TestTemplate
    final void a_move_that_is_not_asked_for_again_leaves_no_key() throws InterruptedException {
        Optional<LiveDiskMigration> moves = hypervisor.liveDiskMigration();
        if (moves.isEmpty()) {
            return;
        }
        int before = keysHeld(HOST);
        Disk source = lockedDisk();
        Disk target = lockedDisk();
        MachineId id = start(MachineSpec.named(unique()).with(source)).id();
        lose(
                Change.MOVE_DISK,
                () -> moves.get().start(id, source.volume(), DiskMove.to(target).pivoting(Pivot.WHEN_ASKED)));

        hypervisor.stop(id, StopMode.POWER_OFF);

        assertThat(keysHeld(HOST)).as("keys of a machine that has ended").isEqualTo(before);
        start(MachineSpec.named(unique()).with(source));
        start(MachineSpec.named(unique()).with(target));
    }

    @TestTemplate
    final void a_switch_to_a_copy_is_made_once_and_seen_by_everybody() throws InterruptedException {
        Optional<LiveDiskMigration> moves = hypervisor.liveDiskMigration();
        if (moves.isEmpty()) {
            return;
        }
        int before = keysHeld(HOST);
        Disk source = lockedDisk();
        Disk target = lockedDisk();
        MachineId id = start(MachineSpec.named(unique()).with(source)).id();
        DiskMove move = DiskMove.to(target).pivoting(Pivot.WHEN_ASKED);
        BlockJob job = moves.get().start(id, source.volume(), move);
        assertThat(job.awaitReady(PATIENCE)).isEqualTo(BlockJobPhase.READY);
        lose(Change.PIVOT, job::pivot);

        assertPivots(job);

        assertThat(disks(id)).containsExactly(place(target));
        assertThat(moves.get().find(id, target.volume())).isEmpty();
        assertSucceeds(connection().liveDiskMigration().orElseThrow().start(id, source.volume(), move));
        assertThat(keysHeld(HOST)).as("keys after the move").isEqualTo(before + keysOf(1));
        start(MachineSpec.named(unique()).with(source));
    }

    @TestTemplate
    final void a_snapshot_is_confirmed_and_taken_once() throws InterruptedException {
        Optional<MachineSnapshots> snapshots = hypervisor.machineSnapshots();
        assertThat(snapshots.isPresent()).isEqualTo(offers(HypervisorFeature.MACHINE_SNAPSHOTS));
        if (snapshots.isEmpty()) {
            return;
        }
        int before = keysHeld(HOST);
        Disk base = lockedDisk();
        Disk overlay = lockedOverlay(base);
        MachineId id = start(MachineSpec.named(unique()).with(base)).id();
        SnapshotRequest request = SnapshotRequest.named(SNAPSHOT).onto(base.volume(), overlay);
        lose(Change.SNAPSHOT, () -> snapshots.get().take(id, request));

        MachineSnapshot taken = snapshots.get().take(id, request);

        assertThat(disks(id)).containsExactly(place(overlay));
        assertThat(snapshots.get().list(id)).containsExactly(taken);
        assertThat(connection().machineSnapshots().orElseThrow().take(id, request))
                .isEqualTo(taken);
        assertThat(keysHeld(HOST)).as("keys of both layers").isEqualTo(before + keysOf(2));
        hypervisor.stop(id, StopMode.POWER_OFF);
        assertThat(keysHeld(HOST)).as("keys of a machine that has ended").isEqualTo(before);
    }

    @TestTemplate
    final void a_merge_that_began_is_found_and_ends_once() throws InterruptedException {
        merges((id, merge) -> {
            MachineSnapshots snapshots = hypervisor.machineSnapshots().orElseThrow();
            lose(Change.MERGE, () -> snapshots.merge(id, merge));
            assertThat(disks(id)).containsExactly(place(merge.disk()));
            assertPivots(snapshots.merge(id, merge));
        });
    }

    @TestTemplate
    final void a_switch_to_what_was_merged_is_made_once() throws InterruptedException {
        merges((id, merge) -> {
            BlockJob job = hypervisor.machineSnapshots().orElseThrow().merge(id, merge);
            assertThat(job.awaitReady(PATIENCE)).isEqualTo(BlockJobPhase.READY);
            lose(Change.PIVOT, job::pivot);
            assertPivots(job);
        });
    }

    private interface Merging {
        void done(MachineId id, DiskMerge merge) throws InterruptedException;
    }

    /** Merges the only snapshot of a machine, and requires that it is over for everybody. */
    private void merges(Merging merging) throws InterruptedException {
        Optional<MachineSnapshots> snapshots = hypervisor.machineSnapshots();
        if (snapshots.isEmpty()) {
            return;
        }
        int before = keysHeld(HOST);
        Disk base = lockedDisk();
        Disk overlay = lockedOverlay(base);
        MachineId id = start(MachineSpec.named(unique()).with(base)).id();
        snapshots.get().take(id, SnapshotRequest.named(SNAPSHOT).onto(base.volume(), overlay));
        DiskMerge merge = DiskMerge.of(overlay.over(base)).pivoting(Pivot.WHEN_ASKED);

        merging.done(id, merge);

        assertThat(disks(id)).containsExactly(place(base));
        assertThat(snapshots.get().list(id)).isEmpty();
        assertThat(snapshots.get().merging(id, overlay.volume())).isEmpty();
        assertSucceeds(connection().machineSnapshots().orElseThrow().merge(id, merge));
        assertThat(keysHeld(HOST)).as("keys of what is left").isEqualTo(before + keysOf(1));
    }

    private Disk lockedOverlay(Disk base) throws InterruptedException {
        VolumeId volume = new VolumeId(unique());
        return encrypts() ? encryptedOverlay(volume, base, newKey()) : overlay(volume, base);
    }

    private static void assertPivots(BlockJob job) throws InterruptedException {
        assertThat(job.awaitReady(PATIENCE)).isNotEqualTo(BlockJobPhase.COPYING);
        job.pivot();
        assertSucceeds(job);
    }

    private static void assertSucceeds(BlockJob job) throws InterruptedException {
        assertThat(job.await(PATIENCE)).get().isInstanceOf(JobVerdict.Succeeded.class);
    }
}
