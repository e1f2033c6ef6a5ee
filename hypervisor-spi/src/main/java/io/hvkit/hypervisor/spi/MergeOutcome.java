package io.hvkit.hypervisor.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Incubating;
import java.util.Optional;

/**
 * What became of one disk of a {@link MergePlan}.
 *
 * @param before where its merge stood
 * @param after where it stood afterwards; empty if the host did not answer
 * @param verdict how the job ended, if there was one and it has
 * @param failure what went wrong, if something did
 */
@Incubating(since = "0.1")
public record MergeOutcome(
        MergeSight before,
        Optional<MergeSight> after,
        Optional<JobVerdict> verdict,
        Optional<DriverException> failure) {

    /** Returns the disk and the layer. */
    public DiskMerge merge() {
        return before.merge();
    }

    /** Returns whether the machine was seen to have the layer, so that the overlay may be deleted. */
    public boolean isMerged() {
        return after.filter(seen -> seen.state() == MergeSight.State.MERGED).isPresent();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder()
                .append(merge().disk().volume())
                .append(": was ")
                .append(before.state())
                .append(", is ")
                .append(after.map(seen -> seen.state() + ": " + seen.evidence())
                        .orElse("not known, since the host did not answer"));
        verdict.ifPresent(how -> text.append("; the job: ").append(how));
        failure.ifPresent(what -> text.append("; ").append(what.getMessage()));
        return text.toString();
    }
}
