package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MergeOutcome;
import io.hvkit.hypervisor.spi.MergePlan;
import io.hvkit.hypervisor.spi.MergeReport;
import io.hvkit.hypervisor.spi.MergeSight;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Pivot;
import io.hvkit.hypervisor.spi.SnapshotDisk;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.hypervisor.spi.SnapshotRevert;
import io.hvkit.hypervisor.spi.StopMode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a hypervisor must do that freezes what machines have on their disks. */
public abstract non-sealed class MachineSnapshotsContract extends HypervisorCases {

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final SnapshotId FIRST = new SnapshotId("first");
    private static final SnapshotId SECOND = new SnapshotId("second");

    private MachineSnapshots snapshots;
    private Disk data;
    private MachineId machine;

    /** Made by JUnit. */
    protected MachineSnapshotsContract() {}

    /** Returns a plain, empty {@code QCOW2} disk over a plain one, of the same size, that nothing uses. */
    protected abstract Disk overlay(VolumeId volume, Disk base) throws InterruptedException;

    /** Returns the same, of another size. */
    protected abstract Disk smallOverlay(VolumeId volume, Disk base) throws InterruptedException;

    /** Returns the same, but one that holds something. */
    protected abstract Disk usedOverlay(VolumeId volume, Disk base) throws InterruptedException;

    /** Returns a disk like those of {@link #disk}, encrypted with a key; asked for only if such disks are offered. */
    protected abstract Disk encryptedDisk(VolumeId volume, Secret secret) throws InterruptedException;

    /** Returns an empty {@code QCOW2} disk over any disk, encrypted with a key; asked for only if such disks are offered. */
    protected abstract Disk encryptedOverlay(VolumeId volume, Disk base, Secret secret) throws InterruptedException;

    /** Made by JUnit: makes another disk. */
    @BeforeEach
    final void find() throws InterruptedException {
        snapshots = hypervisor.machineSnapshots().orElseThrow();
        data = anotherDisk();
        spec = spec.with(data);
        machine = new MachineId(spec.name());
    }

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
    final void a_merge_ends_the_snapshot_and_may_be_repeated() throws InterruptedException {
        start(spec);
        Disk overRoot = over(disk);
        Disk overData = over(data);
        refuses(Failure.NOT_FOUND, () -> snapshots.merge(machine, DiskMerge.of(overRoot.over(disk))));
        snapshots.take(machine, both(FIRST, overRoot, overData));

        assertMerged(machine, overRoot.over(disk));
        assertUses(disk, overData);
        assertThat(snapshots.list(machine))
                .as("one disk merged, the other still tracked")
                .containsExactly(new MachineSnapshot(FIRST, List.of(intact(data, overData))));
        assertMerged(machine, overRoot.over(disk));
        assertMerged(machine, overData.over(data));
        assertUses(disk, data);
        assertThat(snapshots.list(machine)).isEmpty();
        Disk again = over(disk);
        snapshots.take(
                machine, SnapshotRequest.named(FIRST).onto(disk.volume(), again).leavingOut(data.volume()));
        assertUses(again, data);
    }

    @Test
    final void merging_the_newest_snapshot_leaves_the_older_one() throws InterruptedException {
        start(spec);
        Disk first = over(disk);
        Disk second = over(first);
        MachineSnapshot older = snapshots.take(machine, rootAlone(FIRST, disk, first));
        MachineSnapshot newer = snapshots.take(machine, rootAlone(SECOND, first, second));

        assertThat(snapshots.list(machine)).containsExactly(older, newer);
        refuses(Failure.NOT_FOUND, () -> snapshots.merge(machine, DiskMerge.of(first.over(disk))));
        refuses(Failure.INVALID_REQUEST, () -> snapshots.merge(machine, DiskMerge.of(second.over(disk))));
        assertMerged(machine, second.over(first.over(disk)));
        assertUses(first, data);
        assertThat(snapshots.list(machine)).containsExactly(older);
    }

    @Test
    final void a_merge_that_waits_is_found_excludes_all_else_and_can_be_cancelled() throws InterruptedException {
        start(spec);
        Disk overRoot = over(disk);
        snapshots.take(machine, rootAlone(FIRST, disk, overRoot));
        DiskMerge waiting = DiskMerge.of(overRoot.over(disk)).pivoting(Pivot.WHEN_ASKED);
        BlockJob job = snapshots.merge(machine, waiting);
        assertThat(job.awaitReady(PATIENCE)).isEqualTo(BlockJobPhase.READY);

        MachineSnapshots second = connection().machineSnapshots().orElseThrow();
        assertThat(second.merging(machine, overRoot.volume())).isPresent();
        assertThat(snapshots.merging(machine, data.volume())).isEmpty();
        SnapshotRequest another = rootAlone(SECOND, overRoot, over(overRoot));
        refuses(Failure.OPERATION_PENDING, () -> snapshots.take(machine, another));
        assertUses(overRoot, data);
        job.cancel();
        assertThat(job.await(PATIENCE)).get().isInstanceOf(JobVerdict.Cancelled.class);
        assertUses(overRoot, data);
        assertThat(snapshots.list(machine))
                .as("what was frozen is not what it was")
                .containsExactly(new MachineSnapshot(FIRST, List.of(changed(disk, overRoot))));
        assertMerged(machine, overRoot.over(disk));
        assertUses(disk, data);
    }

    @Test
    final void where_a_merge_stands_is_seen_by_everybody() throws InterruptedException {
        start(spec);
        Disk overRoot = over(disk);
        Disk overData = over(data);
        DiskMerge merge = DiskMerge.of(overRoot.over(disk));
        assertStands(merge, MergeSight.State.FOREIGN);
        snapshots.take(machine, both(FIRST, overRoot, overData));

        assertStands(merge, MergeSight.State.UNMERGED);
        assertStands(DiskMerge.of(overRoot.over(data)), MergeSight.State.FOREIGN);
        BlockJob job = snapshots.merge(machine, merge.pivoting(Pivot.WHEN_ASKED));
        assertThat(job.awaitReady(PATIENCE)).isEqualTo(BlockJobPhase.READY);
        assertStands(merge, MergeSight.State.READY);
        assertThat(job.phase()).as("after a look").isEqualTo(BlockJobPhase.READY);
        job.cancel();
        assertThat(job.await(PATIENCE)).isPresent();
        assertStands(merge, MergeSight.State.BEGUN);
        assertMerged(machine, overRoot.over(disk));
        assertStands(merge, MergeSight.State.MERGED);
        assertStands(DiskMerge.of(overData.over(data)), MergeSight.State.UNMERGED);
        refuses(Failure.NOT_FOUND, () -> snapshots.look(new MachineId(unique()), merge));
    }

    private void assertStands(DiskMerge merge, MergeSight.State state) throws InterruptedException {
        MergeSight seen = snapshots.look(machine, merge);
        assertThat(seen.state()).as(seen.evidence()).isEqualTo(state);
        assertThat(seen.merge()).isEqualTo(merge);
        assertThat(connection().machineSnapshots().orElseThrow().look(machine, merge))
                .isEqualTo(seen);
    }

    @Test
    final void disks_are_merged_one_by_one_and_each_has_its_own_outcome() throws InterruptedException {
        start(spec);
        Disk overRoot = over(disk);
        Disk overData = over(data);
        snapshots.take(machine, both(FIRST, overRoot, overData));
        DiskMerge root = DiskMerge.of(overRoot.over(disk));
        DiskMerge waiting = DiskMerge.of(overData.over(data)).pivoting(Pivot.WHEN_ASKED);
        BlockJob job = snapshots.merge(machine, waiting);
        assertThat(job.awaitReady(PATIENCE)).isEqualTo(BlockJobPhase.READY);

        MergeReport first =
                MergePlan.look(snapshots, machine, List.of(root, waiting)).carryOut(PATIENCE);

        assertThat(first.merged()).extracting(MergeOutcome::merge).containsExactly(root);
        assertThat(first.unmerged())
                .as("the other is still tracked: " + first)
                .extracting(outcome -> outcome.after().map(MergeSight::state).orElseThrow())
                .containsExactly(MergeSight.State.READY);
        assertUses(disk, overData);
        assertThat(snapshots.list(machine))
                .containsExactly(new MachineSnapshot(FIRST, List.of(changed(data, overData))));
        List<DiskMerge> both = List.of(root, DiskMerge.of(overData.over(data)));
        MergePlan rest = MergePlan.look(connection().machineSnapshots().orElseThrow(), machine, both);
        assertThat(rest.disks())
                .extracting(MergeSight::state)
                .containsExactly(MergeSight.State.MERGED, MergeSight.State.READY);
        MergeReport second = rest.carryOut(PATIENCE);
        assertThat(second.unmerged()).as(second.toString()).isEmpty();
        assertUses(disk, data);
        assertThat(snapshots.list(machine)).isEmpty();
        assertThat(MergePlan.look(snapshots, machine, both).isDone()).isTrue();
    }

    @Test
    final void a_merge_about_which_there_is_no_doubt_is_not_settled() throws InterruptedException {
        start(spec);
        Disk overRoot = over(disk);
        snapshots.take(machine, rootAlone(FIRST, disk, overRoot));
        DiskMerge merge = DiskMerge.of(overRoot.over(disk));

        refuses(Failure.INVALID_REQUEST, () -> snapshots.settle(machine, merge, MergeSight.Newest.LAYER));
        refuses(Failure.INVALID_REQUEST, () -> snapshots.settle(machine, merge, MergeSight.Newest.OVERLAY));
        assertUses(overRoot, data);
        assertThat(snapshots.list(machine)).hasSize(1);
        assertMerged(machine, overRoot.over(disk));
        snapshots.settle(machine, merge, MergeSight.Newest.LAYER);
        refuses(Failure.INVALID_REQUEST, () -> snapshots.settle(machine, merge, MergeSight.Newest.OVERLAY));
        assertUses(disk, data);
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

    @Test
    final void a_stopped_machine_is_frozen_and_merged_too() throws InterruptedException {
        if (isNeverRemembered()) {
            return;
        }
        start(kept(spec));
        hypervisor.stop(machine, StopMode.POWER_OFF);
        Disk overRoot = over(disk);
        Disk overData = over(data);

        MachineSnapshot taken = snapshots.take(machine, both(FIRST, overRoot, overData));
        assertUses(overRoot, overData);
        assertThat(snapshots.take(machine, both(FIRST, overRoot, overData))).isEqualTo(taken);
        assertMerged(machine, overRoot.over(disk));
        assertUses(disk, overData);
        assertThat(snapshots.list(machine))
                .containsExactly(new MachineSnapshot(FIRST, List.of(intact(data, overData))));
        refuses(Failure.INVALID_REQUEST, () -> start(kept(spec)));
        assertUses(disk, overData);
        start(kept(MachineSpec.named(spec.name()).with(disk).with(overData.over(data))));
        assertMerged(machine, overData.over(data));
        assertUses(disk, data);
        assertThat(snapshots.list(machine)).isEmpty();
    }

    @Test
    final void a_merge_is_known_without_a_snapshot_and_a_stopped_machine_does_not_start_on_what_was_merged()
            throws InterruptedException {
        Disk overRoot = over(disk);
        boolean remembered = offers(HypervisorFeature.PERSISTENT_MACHINES);
        MachineSpec layered =
                MachineSpec.named(spec.name()).with(overRoot.over(disk)).with(data);
        MachineSpec over = remembered ? kept(layered) : layered;
        start(over);
        DiskMerge merge = DiskMerge.of(overRoot.over(disk));
        assertThat(snapshots.list(machine)).isEmpty();
        assertStands(merge, MergeSight.State.UNMERGED);
        BlockJob cancelled = snapshots.merge(machine, merge.pivoting(Pivot.WHEN_ASKED));
        cancelled.cancel();
        assertThat(cancelled.await(PATIENCE)).get().isInstanceOf(JobVerdict.Cancelled.class);
        assertStands(merge, MergeSight.State.BEGUN);
        if (remembered) {
            hypervisor.stop(machine, StopMode.POWER_OFF);
            refuses(Failure.INVALID_REQUEST, () -> start(kept(spec)));
            start(over);
            assertStands(merge, MergeSight.State.BEGUN);
        }

        assertMerged(machine, overRoot.over(disk));

        assertUses(disk, data);
        assertStands(merge, MergeSight.State.MERGED);
        assertMerged(machine, overRoot.over(disk));
        if (remembered) {
            hypervisor.stop(machine, StopMode.POWER_OFF);
            assertStands(merge, MergeSight.State.MERGED);
            refuses(Failure.INVALID_REQUEST, () -> start(over));
            assertUses(disk, data);
            start(kept(spec));
            assertStands(merge, MergeSight.State.MERGED);
        }
    }

    private boolean isNeverRemembered() {
        if (offers(HypervisorFeature.PERSISTENT_MACHINES)) {
            return false;
        }
        refuses(Failure.UNSUPPORTED, () -> start(kept(spec)));
        return true;
    }

    private void assertMerged(MachineId id, Disk merged) throws InterruptedException {
        BlockJob job = snapshots.merge(id, DiskMerge.of(merged));
        assertThat(job.await(PATIENCE)).get().isInstanceOf(JobVerdict.Succeeded.class);
        assertThat(job.phase()).isEqualTo(BlockJobPhase.ENDED);
        assertThat(job.progress().percent()).isEqualTo(100);
        assertThat(snapshots.merging(id, merged.volume())).isEmpty();
    }

    private void assertUses(Disk root, Disk other) throws InterruptedException {
        assertThat(disks(machine)).containsExactly(place(root), place(other));
    }

    private Disk over(Disk base) throws InterruptedException {
        return overlay(new VolumeId(unique()), base);
    }

    private SnapshotRequest both(SnapshotId id, Disk overRoot, Disk overData) {
        return SnapshotRequest.named(id).onto(disk.volume(), overRoot).onto(data.volume(), overData);
    }

    private SnapshotRequest rootAlone(SnapshotId id, Disk root, Disk overRoot) {
        return SnapshotRequest.named(id).onto(root.volume(), overRoot).leavingOut(data.volume());
    }

    private static SnapshotRequest one(Disk frozen, Disk overlay) {
        return SnapshotRequest.named(FIRST).onto(frozen.volume(), overlay);
    }

    private static MachineSpec kept(MachineSpec machine) {
        return machine.keptAs(Persistence.PERSISTENT);
    }

    private static SnapshotDisk intact(Disk frozen, Disk overlay) {
        return new SnapshotDisk(place(frozen), place(overlay), SnapshotDisk.Content.INTACT);
    }

    private static SnapshotDisk changed(Disk frozen, Disk overlay) {
        return new SnapshotDisk(place(frozen), place(overlay), SnapshotDisk.Content.CHANGED);
    }
}
