package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MergeOutcome;
import io.hvkit.hypervisor.spi.MergePlan;
import io.hvkit.hypervisor.spi.MergeReport;
import io.hvkit.hypervisor.spi.MergeSight;
import io.hvkit.hypervisor.spi.Pivot;
import io.hvkit.hypervisor.spi.SnapshotDisk;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.hypervisor.spi.StopMode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a hypervisor must do that merges what machines wrote since a snapshot into what was frozen. */
public abstract sealed class MachineMergeCases extends MachineSnapshotCases permits MachineSnapshotsContract {

    MachineMergeCases() {}

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

    private static SnapshotDisk changed(Disk frozen, Disk overlay) {
        return new SnapshotDisk(place(frozen), place(overlay), SnapshotDisk.Content.CHANGED);
    }
}
