package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.hypervisor.spi.SnapshotRevert;
import io.hvkit.hypervisor.spi.StopMode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a hypervisor must do that freezes what machines have on their disks. */
public abstract non-sealed class MachineSnapshotsContract extends MachineMergeCases {

    /** Made by JUnit. */
    protected MachineSnapshotsContract() {}

    @Test
    final void all_disks_go_on_with_their_overlays_and_everybody_sees_it() throws InterruptedException {
        start(spec);
        Disk overRoot = over(disk);
        Disk overData = over(data);
        SnapshotRequest request = both(FIRST, overRoot, overData);

        MachineSnapshot taken = snapshots.take(machine, request);

        assertThat(taken.id()).isEqualTo(FIRST);
        assertThat(taken.disks()).containsExactlyInAnyOrder(intact(disk, overRoot), intact(data, overData));
        assertUses(overRoot, overData);
        MachineSnapshots second = connection().machineSnapshots().orElseThrow();
        assertThat(second.find(machine, FIRST)).contains(taken);
        assertThat(second.list(machine)).containsExactly(taken);
        assertThat(second.find(machine, SECOND)).isEmpty();
    }

    @Test
    final void an_equal_request_is_the_same_snapshot_and_a_different_one_is_refused() throws InterruptedException {
        start(spec);
        Disk overRoot = over(disk);
        Disk overData = over(data);
        SnapshotRequest request = both(FIRST, overRoot, overData);
        MachineSnapshot taken = snapshots.take(machine, request);

        assertThat(snapshots.take(machine, request)).isEqualTo(taken);
        assertThat(connection().machineSnapshots().orElseThrow().take(machine, request))
                .isEqualTo(taken);
        assertUses(overRoot, overData);
        SnapshotRequest other = SnapshotRequest.named(FIRST)
                .onto(overRoot.volume(), over(overRoot))
                .leavingOut(overData.volume());
        refuses(Failure.EXISTS_DIFFERENTLY, () -> snapshots.take(machine, other));
        assertThat(snapshots.list(machine)).containsExactly(taken);
    }

    @Test
    final void each_disk_is_named_or_left_out_in_so_many_words() throws InterruptedException {
        start(spec);
        Disk overRoot = over(disk);
        SnapshotRequest rootAlone = SnapshotRequest.named(FIRST).onto(disk.volume(), overRoot);
        SnapshotRequest nothing =
                SnapshotRequest.named(FIRST).leavingOut(disk.volume()).leavingOut(data.volume());
        SnapshotRequest stranger = rootAlone.leavingOut(data.volume()).leavingOut(new VolumeId(unique()));

        refuses(Failure.INVALID_REQUEST, () -> snapshots.take(machine, rootAlone));
        refuses(Failure.INVALID_REQUEST, () -> snapshots.take(machine, nothing));
        refuses(Failure.NOT_FOUND, () -> snapshots.take(machine, stranger));
        refuses(Failure.NOT_FOUND, () -> snapshots.take(new MachineId(unique()), rootAlone));
        assertThat(snapshots.list(machine)).isEmpty();
        assertThat(snapshots.list(new MachineId(unique()))).isEmpty();
        MachineSnapshot taken = snapshots.take(machine, rootAlone.leavingOut(data.volume()));
        assertThat(taken.disks()).containsExactly(intact(disk, overRoot));
        assertUses(overRoot, data);
    }

    @Test
    final void an_overlay_that_does_not_fit_is_refused_and_no_disk_goes_on_without_the_other()
            throws InterruptedException {
        start(spec);
        Disk overRoot = over(disk);
        Disk foreign = anotherDisk();
        Disk used = over(foreign);
        start(MachineSpec.named(unique()).with(used.over(foreign)));
        VolumeId absent = new VolumeId(unique());
        Disk missing = Disk.of(absent, new Attachment.ImageFile(Path.of("/absent", absent.value())), ImageFormat.QCOW2);

        refusesOverData(Failure.NOT_FOUND, overRoot, missing);
        refusesOverData(Failure.INVALID_REQUEST, overRoot, smallOverlay(new VolumeId(unique()), data));
        refusesOverData(Failure.INVALID_REQUEST, overRoot, usedOverlay(new VolumeId(unique()), data));
        refusesOverData(Failure.INVALID_REQUEST, overRoot, over(anotherDisk()));
        refusesOverData(Failure.IN_USE, overRoot, used);
        snapshots.take(machine, both(FIRST, overRoot, over(data)));
    }

    private void refusesOverData(Failure failure, Disk overRoot, Disk overData) throws InterruptedException {
        refuses(failure, () -> snapshots.take(machine, both(FIRST, overRoot, overData)));
        assertUses(disk, data);
        assertThat(snapshots.list(machine)).isEmpty();
    }

    @Test
    final void an_encrypted_disk_goes_on_with_an_encrypted_overlay_alone() throws InterruptedException {
        try (Secret below = Secret.random();
                Secret above = Secret.random();
                Secret wrong = Secret.random()) {
            if (!offers(HypervisorFeature.ENCRYPTED_DISKS)) {
                Disk locked = Disk.of(data.volume(), data.attachment(), ImageFormat.QCOW2)
                        .unlockedBy(above);
                SnapshotRequest request = SnapshotRequest.named(FIRST).onto(disk.volume(), locked);
                refuses(Failure.UNSUPPORTED, () -> snapshots.take(machine, request));
                return;
            }
            Disk encrypted = encryptedDisk(new VolumeId(unique()), below);
            MachineSpec locked = MachineSpec.named(unique()).with(encrypted);
            MachineId id = start(locked).id();
            Disk overlay = encryptedOverlay(new VolumeId(unique()), encrypted, above);
            Disk bare = Disk.of(overlay.volume(), overlay.attachment(), ImageFormat.QCOW2);
            Disk plain = overlay(new VolumeId(unique()), encrypted);

            refuses(Failure.INVALID_REQUEST, () -> snapshots.take(id, one(encrypted, bare)));
            refuses(Failure.INVALID_REQUEST, () -> snapshots.take(id, one(encrypted, plain)));
            refuses(Failure.BAD_CREDENTIALS, () -> snapshots.take(id, one(encrypted, bare.unlockedBy(wrong))));
            refuses(Failure.CORRUPT_DATA, () -> snapshots.take(id, one(encrypted, plain.unlockedBy(above))));
            assertThat(snapshots.list(id)).isEmpty();
            assertThat(disks(id)).containsExactly(place(encrypted));
            snapshots.take(id, one(encrypted, overlay));
            assertThat(disks(id)).containsExactly(place(overlay));
            assertMerged(id, overlay.over(encrypted));
            assertThat(disks(id)).containsExactly(place(encrypted));
        }
    }

    @Test
    final void a_disk_with_a_snapshot_is_not_moved_away() throws InterruptedException {
        start(spec);
        Disk overRoot = over(disk);
        MachineSnapshot taken = snapshots.take(machine, rootAlone(FIRST, disk, overRoot));
        DiskMove away = DiskMove.to(anotherDisk());

        if (offers(HypervisorFeature.LIVE_DISK_MIGRATION)) {
            refuses(
                    Failure.INVALID_REQUEST,
                    () -> hypervisor.liveDiskMigration().orElseThrow().start(machine, overRoot.volume(), away));
        }
        assertUses(overRoot, data);
        assertThat(snapshots.list(machine)).containsExactly(taken);
    }

    @Test
    final void a_running_machine_does_not_go_back() throws InterruptedException {
        start(spec);
        Disk overRoot = over(disk);
        snapshots.take(machine, rootAlone(FIRST, disk, overRoot));

        refuses(
                Failure.IN_USE,
                () -> snapshots.revert(machine, SnapshotRevert.to(FIRST).thawing(disk.volume())));
        refuses(
                Failure.NOT_FOUND,
                () -> snapshots.revert(
                        new MachineId(unique()), SnapshotRevert.to(FIRST).thawing(disk.volume())));
        assertUses(overRoot, data);
    }

    @Test
    final void a_stopped_machine_goes_back_on_a_new_overlay_and_starts_there() throws InterruptedException {
        if (isNeverRemembered()) {
            return;
        }
        start(kept(spec));
        Disk first = over(disk);
        Disk second = over(first);
        snapshots.take(machine, rootAlone(FIRST, disk, first));
        snapshots.take(machine, rootAlone(SECOND, first, second));
        hypervisor.stop(machine, StopMode.POWER_OFF);
        assertThat(snapshots.list(machine)).extracting(MachineSnapshot::id).containsExactly(FIRST, SECOND);
        Disk fresh = over(disk);
        SnapshotRevert back = SnapshotRevert.to(FIRST).onto(disk.volume(), fresh);
        Disk used = usedOverlay(new VolumeId(unique()), disk);

        refuses(
                Failure.NOT_FOUND,
                () -> snapshots.revert(
                        machine, SnapshotRevert.to(new SnapshotId("third")).thawing(disk.volume())));
        refuses(Failure.INVALID_REQUEST, () -> snapshots.revert(machine, SnapshotRevert.to(FIRST)));
        refuses(Failure.NOT_FOUND, () -> snapshots.revert(machine, back.thawing(data.volume())));
        refuses(
                Failure.INVALID_REQUEST,
                () -> snapshots.revert(machine, SnapshotRevert.to(FIRST).onto(disk.volume(), used)));
        assertUses(second, data);
        snapshots.revert(machine, back);
        snapshots.revert(machine, back);
        assertUses(fresh, data);
        MachineSnapshot left = new MachineSnapshot(FIRST, List.of(intact(disk, fresh)));
        assertThat(snapshots.list(machine)).containsExactly(left);
        start(kept(MachineSpec.named(spec.name()).with(fresh.over(disk)).with(data)));
        assertUses(fresh, data);
        assertThat(snapshots.list(machine)).as("after the restart").containsExactly(left);
    }

    @Test
    final void a_stopped_machine_goes_back_to_what_was_frozen_itself() throws InterruptedException {
        if (isNeverRemembered()) {
            return;
        }
        start(kept(spec));
        Disk overRoot = over(disk);
        Disk overData = over(data);
        snapshots.take(machine, both(FIRST, overRoot, overData));
        hypervisor.stop(machine, StopMode.POWER_OFF);
        Disk freshData = over(data);
        SnapshotRevert back = SnapshotRevert.to(FIRST).thawing(disk.volume()).onto(data.volume(), freshData);

        refuses(
                Failure.INVALID_REQUEST,
                () -> snapshots.revert(machine, SnapshotRevert.to(FIRST).thawing(disk.volume())));
        assertUses(overRoot, overData);
        snapshots.revert(machine, back);
        snapshots.revert(machine, back);
        assertThat(disks(machine)).contains(place(disk)).hasSize(2).doesNotContain(place(overRoot), place(overData));
        assertThat(snapshots.list(machine)).hasSize(1);
        assertThat(snapshots.list(machine).get(0).disks()).containsExactly(intact(data, freshData));
    }

    @Test
    final void a_machine_does_not_go_back_to_a_disk_that_was_merged_since() throws InterruptedException {
        if (isNeverRemembered()) {
            return;
        }
        start(kept(spec));
        Disk overRoot = over(disk);
        Disk overData = over(data);
        snapshots.take(machine, both(FIRST, overRoot, overData));
        assertMerged(machine, overRoot.over(disk));
        hypervisor.stop(machine, StopMode.POWER_OFF);
        SnapshotRevert back = SnapshotRevert.to(FIRST).thawing(disk.volume());

        refuses(Failure.INVALID_REQUEST, () -> snapshots.revert(machine, back.thawing(data.volume())));
        refuses(Failure.INVALID_REQUEST, () -> snapshots.revert(machine, back.onto(data.volume(), over(data))));
        assertUses(disk, overData);
        assertThat(snapshots.list(machine))
                .containsExactly(new MachineSnapshot(FIRST, List.of(intact(data, overData))));
    }

    private static SnapshotRequest one(Disk frozen, Disk overlay) {
        return SnapshotRequest.named(FIRST).onto(frozen.volume(), overlay);
    }
}
