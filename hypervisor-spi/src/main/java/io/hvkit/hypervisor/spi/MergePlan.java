package io.hvkit.hypervisor.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Merging the disks of a machine, one by one, from wherever that stands. It is made by looking, shown, and carried out; after
 * anything that ended it, the same request gives the plan of what is left. What was done is noted by the host with each disk, and nowhere
 * else. Immutable; used by one thread at a time.
 *
 * <pre>{@code
 * MergePlan plan = MergePlan.look(snapshots, machine, List.of(DiskMerge.of(root.over(oldRoot)), DiskMerge.of(data.over(oldData))));
 * plan.explain().forEach(log::info);                          // touches nothing
 * MergeReport report = plan.carryOut(Duration.ofHours(2));
 * report.merged().forEach(disk -> delete(disk.merge().disk())); // the overlays that nobody reads any more
 * }</pre>
 */
@Incubating(since = "0.1")
public final class MergePlan {

    private final MachineSnapshots snapshots;
    private final MachineId machine;
    private final List<MergeSight> disks;

    private MergePlan(MachineSnapshots snapshots, MachineId machine, List<MergeSight> disks) {
        this.snapshots = snapshots;
        this.machine = machine;
        this.disks = List.copyOf(disks);
    }

    /**
     * Looks at where each merge stands, and changes nothing.
     *
     * @throws IllegalArgumentException if no disk is named, or one twice, or two are to be merged into one layer
     * @throws DriverException as {@link MachineSnapshots#look} does
     */
    public static MergePlan look(MachineSnapshots snapshots, MachineId machine, List<DiskMerge> merges)
            throws InterruptedException {
        requireDistinct(merges);
        List<MergeSight> disks = new ArrayList<>();
        for (DiskMerge merge : merges) {
            disks.add(snapshots.look(machine, merge));
        }
        return new MergePlan(snapshots, machine, disks);
    }

    private static void requireDistinct(List<DiskMerge> merges) {
        if (merges.isEmpty()) {
            throw new IllegalArgumentException("name the disks to merge");
        }
        Set<VolumeId> named = new HashSet<>();
        for (DiskMerge merge : merges) {
            for (VolumeId volume : List.of(merge.disk().volume(), merge.into().volume())) {
                if (!named.add(volume)) {
                    throw new IllegalArgumentException("volume " + volume
                            + " is named twice; layers of one disk are merged by one plan after another");
                }
            }
        }
    }

    /** Returns where each merge stood, in the order in which they were named. */
    public List<MergeSight> disks() {
        return disks;
    }

    /** Returns whether nothing is left to do. */
    public boolean isDone() {
        return disks.stream().allMatch(disk -> disk.state() == MergeSight.State.MERGED);
    }

    /** Returns the disks that it leaves alone until a person has looked. */
    public List<MergeSight> blocked() {
        return disks.stream().filter(MergeSight::isBlocked).toList();
    }

    /** Returns what is done about each disk, and why, a line for each. */
    public List<String> explain() {
        return disks.stream().map(MergePlan::line).toList();
    }

    private static String line(MergeSight disk) {
        String grow = disk.growth().map(by -> "grow the layer by " + by + ", ").orElse("");
        String todo = switch (disk.state()) {
            case UNMERGED -> grow + "merge it";
            case BEGUN -> grow + "merge it once more";
            case COPYING -> "wait for the job, and switch the machine";
            case READY -> "switch the machine";
            case COMPLETE -> "let the host know, and tidy up";
            case MERGED -> "nothing";
            case UNDECIDED -> "nothing before settle(...) says which holds what was written last";
            case FOREIGN -> "nothing: it is not as the request says";
        };
        return disk.merge().disk().volume() + " into " + disk.merge().into().volume() + ", " + disk.state() + ": "
                + todo + " (" + disk.evidence() + ")";
    }

    /**
     * Merges the disks one after another, and looks at each afterwards: what became of it is what was seen then. A disk that fails does
     * not keep the others from being merged; one that is blocked is left alone. May be called again, and by others at the same time.
     *
     * <p>A disk of a stopped machine is merged by the calling thread, to its end. Over one connection, several threads may do that to
     * disks of one machine; over several, not at the same time: the host remembers all disks in one description.
     *
     * @param patience for all disks together. When it is over, jobs that run go on, and the next plan finds them; disks whose turn has
     *     not come stay as they are
     * @throws InterruptedException if interrupted; a job under a machine that runs goes on
     */
    public MergeReport carryOut(Duration patience) throws InterruptedException {
        long end = System.nanoTime() + nanos(patience);
        List<MergeOutcome> outcomes = new ArrayList<>();
        for (MergeSight disk : disks) {
            long left = end - System.nanoTime();
            boolean idle = disk.isBlocked() || disk.state() == MergeSight.State.MERGED || left <= 0;
            outcomes.add(idle ? asSeen(disk, Optional.empty(), Optional.empty()) : merged(disk, end));
        }
        return new MergeReport(outcomes);
    }

    private MergeOutcome merged(MergeSight before, long end) throws InterruptedException {
        try {
            BlockJob job = snapshots.merge(machine, before.merge());
            BlockJobPhase reached = job.awaitReady(left(end));
            if (before.merge().pivot() == Pivot.WHEN_ASKED && reached != BlockJobPhase.ENDED) {
                return asSeen(before, Optional.empty(), Optional.empty());
            }
            if (reached == BlockJobPhase.READY) {
                job.pivot(); // whoever began it may have meant it to wait
            }
            return asSeen(before, job.await(left(end)), Optional.empty());
        } catch (DriverException e) {
            return asSeen(before, Optional.empty(), Optional.of(e));
        }
    }

    private static long nanos(Duration patience) {
        return Math.min(patience.getSeconds(), Integer.MAX_VALUE) * 1_000_000_000L + patience.getNano();
    }

    private static Duration left(long end) {
        return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
    }

    private MergeOutcome asSeen(MergeSight before, Optional<JobVerdict> verdict, Optional<DriverException> failure)
            throws InterruptedException {
        try {
            return new MergeOutcome(before, Optional.of(snapshots.look(machine, before.merge())), verdict, failure);
        } catch (DriverException e) {
            failure.ifPresent(first -> first.addSuppressed(e));
            return new MergeOutcome(before, Optional.empty(), verdict, failure.or(() -> Optional.of(e)));
        }
    }
}
