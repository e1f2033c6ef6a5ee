package io.hvkit.kvm.internal.machine;

import io.hvkit.core.Failure;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.kvm.internal.libvirt.BlockJobEvent;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.Place;
import java.util.List;
import java.util.Optional;

/**
 * What follows from the facts of a copy. A job that is gone has not succeeded: only a machine that is seen to use the target
 * says that.
 *
 * @param phase where the job is
 * @param step what to do now
 * @param verdict how it ended, if the phase is {@code ENDED}
 */
record CopyDecision(BlockJobPhase phase, Step step, Optional<JobVerdict> verdict) {

    /** How often a job may be missing without a word before it counts as vanished: events come after the XML has changed. */
    static final int PATIENCE = 3;

    /** What to do. */
    enum Step {
        NOTHING,
        PIVOT,
        /** Look again soon. */
        LOOK_AGAIN
    }

    static CopyDecision from(CopyFacts facts) {
        return switch (facts.domain()) {
            case ENDED -> ofEndedMachine(facts);
            case RUNNING ->
                facts.disk()
                        .map(disk -> disk.mirror()
                                .filter(mirror -> mirror.place().equals(facts.target()))
                                .map(mirror -> ofRunningJob(facts, mirror))
                                .orElseGet(() -> ofMissingJob(facts, disk.place())))
                        .orElseGet(() -> ended(new JobVerdict.Vanished("the machine runs without the disk")));
        };
    }

    private static CopyDecision ofRunningJob(CopyFacts facts, DiskXml.Mirror mirror) {
        return switch (mirror.readiness()) {
            case COPYING, ABORTING -> new CopyDecision(BlockJobPhase.COPYING, Step.NOTHING, Optional.empty());
            case READY ->
                new CopyDecision(
                        BlockJobPhase.READY,
                        facts.wish() == CopyFacts.Wish.PIVOT ? Step.PIVOT : Step.NOTHING,
                        Optional.empty());
            case PIVOTING -> new CopyDecision(BlockJobPhase.PIVOTING, Step.LOOK_AGAIN, Optional.empty());
        };
    }

    private static CopyDecision ofMissingJob(CopyFacts facts, Place now) {
        if (now.equals(facts.target())) {
            return ended(new JobVerdict.Succeeded(List.of()));
        }
        if (!now.equals(facts.source())) {
            return ended(new JobVerdict.Vanished("the machine uses neither disk, but " + now));
        }
        if (facts.event().equals(Optional.of(BlockJobEvent.FAILED))) {
            return ended(new JobVerdict.Failed(
                    Failure.HOST_NOT_READY, "libvirt says that " + facts.target() + " could not be written"));
        }
        if (facts.event().equals(Optional.of(BlockJobEvent.CANCELLED)) || facts.wish() == CopyFacts.Wish.CANCEL) {
            return ended(new JobVerdict.Cancelled());
        }
        if (facts.looks() < PATIENCE) {
            return new CopyDecision(BlockJobPhase.COPYING, Step.LOOK_AGAIN, Optional.empty());
        }
        return ended(new JobVerdict.Vanished("the machine uses " + now + ", no job runs, and the last event was "
                + facts.event().map(Enum::name).orElse("none")));
    }

    /** What the host remembers may be older than the switch-over if its daemon ended in between, so it proves success alone. */
    private static CopyDecision ofEndedMachine(CopyFacts facts) {
        if (facts.remembered().equals(Optional.of(facts.target()))) {
            return ended(new JobVerdict.Succeeded(List.of("the machine ended after it was switched")));
        }
        return switch (facts.switchover()) {
            case POSSIBLE -> ended(new JobVerdict.Vanished("the machine ended when the copy was complete"));
            case IMPOSSIBLE -> ended(new JobVerdict.Failed(Failure.NOT_FOUND, "the machine ended in mid copy"));
        };
    }

    private static CopyDecision ended(JobVerdict verdict) {
        return new CopyDecision(BlockJobPhase.ENDED, Step.NOTHING, Optional.of(verdict));
    }
}
