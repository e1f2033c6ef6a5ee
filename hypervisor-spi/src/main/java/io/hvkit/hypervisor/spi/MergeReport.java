package io.hvkit.hypervisor.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What became of a {@link MergePlan}, disk by disk.
 *
 * @param disks one outcome for each disk, in the order of the plan
 */
@Incubating(since = "0.1")
public record MergeReport(List<MergeOutcome> disks) {

    /** Copies the list. */
    public MergeReport {
        disks = List.copyOf(disks);
    }

    /** Returns the disks that are merged; only their overlays may be deleted. */
    public List<MergeOutcome> merged() {
        return disks.stream().filter(MergeOutcome::isMerged).toList();
    }

    /** Returns the disks that are not. */
    public List<MergeOutcome> unmerged() {
        return disks.stream().filter(disk -> !disk.isMerged()).toList();
    }

    /**
     * Returns if all disks are merged.
     *
     * @throws DriverException if not, with what became of each: the failure of the first disk that failed, {@code TIMED_OUT} if jobs
     *     go on, {@code HOST_NOT_READY} if a disk is blocked or was left unmerged. The effect is {@code UNKNOWN}: some disks may be merged
     */
    public void orThrow() {
        List<MergeOutcome> left = unmerged();
        if (left.isEmpty()) {
            return;
        }
        Failure failure = left.stream()
                .flatMap(disk -> failure(disk).stream())
                .findFirst()
                .orElse(left.stream().anyMatch(MergeReport::goesOn) ? Failure.TIMED_OUT : Failure.HOST_NOT_READY);
        throw DriverException.because(failure)
                .effect(Effect.UNKNOWN)
                .message("%s of %s disks are not merged: %s", left.size(), disks.size(), this);
    }

    private static Optional<Failure> failure(MergeOutcome disk) {
        Optional<Failure> ofJob = disk.verdict()
                .flatMap(how -> how instanceof JobVerdict.Failed failed
                        ? Optional.of(failed.failure())
                        : Optional.<Failure>empty());
        return disk.failure().map(DriverException::failure).or(() -> ofJob);
    }

    private static boolean goesOn(MergeOutcome disk) {
        return disk.after()
                .filter(seen -> seen.state() == MergeSight.State.COPYING || seen.state() == MergeSight.State.READY)
                .isPresent();
    }

    /** Returns a line for each disk. */
    @Override
    public String toString() {
        return disks.stream().map(MergeOutcome::toString).collect(Collectors.joining("\n"));
    }
}
