package io.hvkit.kvm.internal.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Failure;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.DiskBus;
import io.hvkit.hypervisor.spi.DiskDevice;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.kvm.internal.libvirt.BlockJobEvent;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.Place;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CopyDecisionTest {

    private static final Place SOURCE = new Place("file", "/pool/source");
    private static final Place TARGET = new Place("file", "/pool/target");
    private static final Place ELSEWHERE = new Place("file", "/pool/elsewhere");

    private final Script script = new Script();

    @Test
    void a_running_copy_that_is_not_ready_is_left_alone_whatever_was_said() {
        script.mirror = Optional.of(DiskXml.Readiness.COPYING);
        script.event = Optional.of(BlockJobEvent.READY);

        assertThat(script.decision()).isEqualTo(still(BlockJobPhase.COPYING, CopyDecision.Step.NOTHING));
    }

    @Test
    void a_ready_copy_is_switched_to_only_if_that_is_wanted() {
        script.mirror = Optional.of(DiskXml.Readiness.READY);
        assertThat(script.decision()).isEqualTo(still(BlockJobPhase.READY, CopyDecision.Step.PIVOT));

        script.wish = CopyFacts.Wish.STAY_READY;
        assertThat(script.decision()).isEqualTo(still(BlockJobPhase.READY, CopyDecision.Step.NOTHING));

        script.wish = CopyFacts.Wish.CANCEL;
        assertThat(script.decision()).isEqualTo(still(BlockJobPhase.READY, CopyDecision.Step.NOTHING));
    }

    @Test
    void a_pivot_under_way_is_waited_for() {
        script.mirror = Optional.of(DiskXml.Readiness.PIVOTING);

        assertThat(script.decision()).isEqualTo(still(BlockJobPhase.PIVOTING, CopyDecision.Step.LOOK_AGAIN));
    }

    @ParameterizedTest
    @EnumSource(BlockJobEvent.class)
    void a_machine_that_uses_the_target_was_switched_whatever_was_said(BlockJobEvent event) {
        script.place = TARGET;
        script.event = Optional.of(event);

        assertThat(script.verdict()).isEqualTo(new JobVerdict.Succeeded(List.of()));
    }

    @Test
    void a_job_that_completed_without_switching_the_machine_has_not_succeeded() {
        script.event = Optional.of(BlockJobEvent.COMPLETED);
        assertThat(script.decision()).isEqualTo(still(BlockJobPhase.COPYING, CopyDecision.Step.LOOK_AGAIN));

        script.looks = CopyDecision.PATIENCE;
        assertThat(script.verdict()).isInstanceOf(JobVerdict.Vanished.class);
    }

    @Test
    void a_job_that_is_gone_without_a_word_has_vanished_and_its_evidence_is_told() {
        script.looks = CopyDecision.PATIENCE;

        assertThat(script.verdict())
                .isEqualTo(new JobVerdict.Vanished(
                        "the machine uses /pool/source, no job runs, and the last event was none"));
    }

    @Test
    void a_job_that_failed_says_so() {
        script.event = Optional.of(BlockJobEvent.FAILED);

        assertThat(script.verdict())
                .isInstanceOfSatisfying(
                        JobVerdict.Failed.class,
                        failed -> assertThat(failed.failure()).isEqualTo(Failure.HOST_NOT_READY));
    }

    @Test
    void a_job_that_was_cancelled_by_us_or_by_others_is_cancelled() {
        script.event = Optional.of(BlockJobEvent.CANCELLED);
        assertThat(script.verdict()).isEqualTo(new JobVerdict.Cancelled());

        script.event = Optional.of(BlockJobEvent.COMPLETED);
        script.wish = CopyFacts.Wish.CANCEL;
        assertThat(script.verdict()).isEqualTo(new JobVerdict.Cancelled());
    }

    @Test
    void a_cancel_that_came_too_late_does_not_hide_that_the_machine_was_switched() {
        script.place = TARGET;
        script.wish = CopyFacts.Wish.CANCEL;

        assertThat(script.verdict()).isInstanceOf(JobVerdict.Succeeded.class);
    }

    @Test
    void a_machine_on_a_third_disk_and_one_without_the_disk_are_nobodys_success() {
        script.place = ELSEWHERE;
        assertThat(script.verdict()).isInstanceOf(JobVerdict.Vanished.class);

        script.unplugged = true;
        assertThat(script.verdict()).isInstanceOf(JobVerdict.Vanished.class);
    }

    @Test
    void a_machine_that_ended_is_judged_by_what_the_host_remembers() {
        script.domain = CopyFacts.Domain.ENDED;
        assertThat(script.verdict())
                .isEqualTo(new JobVerdict.Failed(Failure.NOT_FOUND, "the machine ended in mid copy"));

        script.remembered = Optional.of(SOURCE);
        assertThat(script.verdict()).isInstanceOf(JobVerdict.Failed.class);

        script.remembered = Optional.of(TARGET);
        assertThat(script.verdict()).isInstanceOf(JobVerdict.Succeeded.class);
    }

    @Test
    void a_machine_that_ended_when_its_copy_was_complete_may_use_either_disk_whatever_is_remembered_of_the_source() {
        script.domain = CopyFacts.Domain.ENDED;
        script.switchover = CopyFacts.Switchover.POSSIBLE;
        assertThat(script.verdict()).isInstanceOf(JobVerdict.Vanished.class);

        script.remembered = Optional.of(SOURCE);
        assertThat(script.verdict()).isInstanceOf(JobVerdict.Vanished.class);
    }

    private static CopyDecision still(BlockJobPhase phase, CopyDecision.Step step) {
        return new CopyDecision(phase, step, Optional.empty());
    }

    /** The facts, changed one by one: at first the machine runs on its source, a pivot is wanted, and no job is seen. */
    private static final class Script {
        private CopyFacts.Domain domain = CopyFacts.Domain.RUNNING;
        private Place place = SOURCE;
        private boolean unplugged;
        private Optional<DiskXml.Readiness> mirror = Optional.empty();
        private Optional<Place> remembered = Optional.empty();
        private Optional<BlockJobEvent> event = Optional.empty();
        private CopyFacts.Wish wish = CopyFacts.Wish.PIVOT;
        private CopyFacts.Switchover switchover = CopyFacts.Switchover.IMPOSSIBLE;
        private int looks = 1;

        CopyDecision decision() {
            DiskXml disk = new DiskXml(
                    "vda",
                    place,
                    "raw",
                    DiskDevice.on(DiskBus.VIRTIO),
                    Optional.empty(),
                    DiskXml.Encryption.LUKS,
                    Optional.empty(),
                    mirror.map(readiness ->
                            new DiskXml.Mirror(DiskXml.Purpose.MOVE, TARGET, "raw", Optional.empty(), readiness)),
                    Optional.empty(),
                    List.of());
            Optional<DiskXml> seen =
                    domain == CopyFacts.Domain.ENDED || unplugged ? Optional.empty() : Optional.of(disk);
            return CopyDecision.from(
                    new CopyFacts(SOURCE, TARGET, domain, seen, remembered, event, wish, switchover, looks));
        }

        JobVerdict verdict() {
            return decision().verdict().orElseThrow();
        }
    }
}
