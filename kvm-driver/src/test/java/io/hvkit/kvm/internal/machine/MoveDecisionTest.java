package io.hvkit.kvm.internal.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.hypervisor.spi.JobVerdict;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MoveDecisionTest {

    private static final Optional<DriverException> NO_ROOM =
            Optional.of(DriverException.because(Failure.EXHAUSTED).message("no memory"));
    private static final MoveDecision.Ran RAN = MoveDecision.Ran.PERHAPS;

    @ParameterizedTest
    @EnumSource(
            value = MovePresence.class,
            names = {"RUNS", "HELD"})
    void a_machine_that_is_whole_on_the_target_alone_has_moved_whatever_was_said_or_wanted(MovePresence there) {
        for (MoveDecision.Leader leader : MoveDecision.Leader.values()) {
            for (MoveDecision.Wish wish : MoveDecision.Wish.values()) {
                for (Optional<DriverException> said : List.of(NO_ROOM, Optional.<DriverException>empty())) {
                    assertThat(MoveDecision.from(sight(MovePresence.ABSENT, there), leader, RAN, wish, said)
                                    .verdict())
                            .contains(new JobVerdict.Succeeded(List.of()));
                }
            }
        }
    }

    @Test
    void a_machine_that_runs_on_the_source_alone_has_failed_to_move_for_the_reason_that_was_said() {
        assertThat(stayed(MoveDecision.Leader.GONE, MoveDecision.Wish.MOVE, NO_ROOM))
                .contains(new JobVerdict.Failed(Failure.EXHAUSTED, "no memory"));
        assertThat(stayed(MoveDecision.Leader.SILENT, MoveDecision.Wish.MOVE, NO_ROOM))
                .contains(new JobVerdict.Failed(Failure.EXHAUSTED, "no memory"));
    }

    @Test
    void a_machine_that_runs_on_the_source_alone_has_not_moved_even_if_libvirt_said_so() {
        assertThat(stayed(MoveDecision.Leader.GONE, MoveDecision.Wish.MOVE, Optional.empty()))
                .contains(new JobVerdict.Failed(Failure.DEFECT, "libvirt said that it had moved"));
    }

    @Test
    void a_machine_that_was_to_stay_and_runs_on_the_source_alone_was_cancelled() {
        assertThat(stayed(MoveDecision.Leader.GONE, MoveDecision.Wish.CANCEL, NO_ROOM))
                .contains(new JobVerdict.Cancelled());
    }

    @Test
    void a_machine_on_the_source_may_yet_leave_while_somebody_leads_it_or_the_host_is_at_work() {
        assertThat(stayed(MoveDecision.Leader.PERHAPS, MoveDecision.Wish.CANCEL, NO_ROOM))
                .isEmpty();
        MoveSight working = new MoveSight(MovePresence.RUNS, MovePresence.ABSENT, MoveSight.Work.GOING_ON);
        for (MoveDecision.Leader leader : MoveDecision.Leader.values()) {
            assertThat(MoveDecision.from(working, leader, RAN, MoveDecision.Wish.MOVE, NO_ROOM))
                    .isEqualTo(MoveDecision.from(
                            sight(MovePresence.UNKNOWN, MovePresence.UNKNOWN),
                            leader,
                            RAN,
                            MoveDecision.Wish.MOVE,
                            NO_ROOM));
        }
    }

    @ParameterizedTest
    @EnumSource(MoveDecision.Wish.class)
    void a_machine_that_runs_nowhere_has_vanished(MoveDecision.Wish wish) {
        assertThat(MoveDecision.from(
                                sight(MovePresence.ABSENT, MovePresence.ABSENT),
                                MoveDecision.Leader.GONE,
                                RAN,
                                wish,
                                NO_ROOM)
                        .verdict())
                .contains(new JobVerdict.Vanished("the machine runs on neither host: no memory"));
    }

    @ParameterizedTest
    @EnumSource(
            value = MovePresence.class,
            names = {"TORN", "ABSENT"})
    void a_machine_whose_memory_is_torn_apart_is_lost(MovePresence target) {
        for (MoveSight.Work work : MoveSight.Work.values()) {
            assertThat(MoveDecision.from(
                                    new MoveSight(MovePresence.TORN, target, work),
                                    MoveDecision.Leader.GONE,
                                    RAN,
                                    MoveDecision.Wish.CANCEL,
                                    NO_ROOM)
                            .verdict())
                    .contains(new JobVerdict.Vanished("its memory is in parts on both hosts: no memory"));
        }
    }

    @Test
    void one_of_two_is_ended_only_if_the_other_is_whole_and_nobody_else_does_it() {
        for (MovePresence source : MovePresence.values()) {
            for (MovePresence target : MovePresence.values()) {
                for (MoveDecision.Leader leader : MoveDecision.Leader.values()) {
                    MoveDecision.Next next = MoveDecision.Next.WAIT;
                    if (source == MovePresence.IN_TRANSIT
                            && (target == MovePresence.RUNS || target == MovePresence.HELD)
                            && leader == MoveDecision.Leader.SILENT) {
                        next = MoveDecision.Next.END_SOURCE;
                    }
                    if (source == MovePresence.RUNS
                            && target == MovePresence.HELD
                            && leader != MoveDecision.Leader.PERHAPS) {
                        next = MoveDecision.Next.END_TARGET;
                    }
                    assertThat(MoveDecision.from(sight(source, target), leader, RAN, MoveDecision.Wish.MOVE, NO_ROOM)
                                    .next())
                            .as("%s, %s, %s", source, target, leader)
                            .isEqualTo(next);
                }
            }
        }
    }

    @Test
    void a_machine_that_is_stopped_on_the_source_alone_goes_on_there_if_it_never_ran_elsewhere_and_nobody_does_it() {
        for (MovePresence target : MovePresence.values()) {
            for (MoveDecision.Leader leader : MoveDecision.Leader.values()) {
                for (MoveSight.Work work : MoveSight.Work.values()) {
                    MoveSight stopped = new MoveSight(MovePresence.IN_TRANSIT, target, work);
                    boolean resumes = target == MovePresence.ABSENT
                            && leader == MoveDecision.Leader.SILENT
                            && work == MoveSight.Work.NONE;
                    assertThat(MoveDecision.from(
                                                    stopped,
                                                    leader,
                                                    MoveDecision.Ran.NEVER,
                                                    MoveDecision.Wish.MOVE,
                                                    NO_ROOM)
                                            .next()
                                    == MoveDecision.Next.RESUME_SOURCE)
                            .as("%s, %s, %s", target, leader, work)
                            .isEqualTo(resumes);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "RUNS, RUNS",
        "RUNS, IN_TRANSIT",
        "RUNS, HELD",
        "RUNS, UNKNOWN",
        "IN_TRANSIT, RUNS",
        "IN_TRANSIT, IN_TRANSIT",
        "IN_TRANSIT, HELD",
        "IN_TRANSIT, ABSENT",
        "IN_TRANSIT, UNKNOWN",
        "TORN, RUNS",
        "ABSENT, TORN",
        "ABSENT, IN_TRANSIT",
        "ABSENT, UNKNOWN",
        "UNKNOWN, RUNS",
        "UNKNOWN, IN_TRANSIT",
        "UNKNOWN, HELD",
        "UNKNOWN, ABSENT",
        "UNKNOWN, UNKNOWN"
    })
    void hosts_that_do_not_agree_or_do_not_answer_are_looked_at_again(MovePresence source, MovePresence target) {
        for (MoveDecision.Wish wish : MoveDecision.Wish.values()) {
            assertThat(MoveDecision.from(sight(source, target), MoveDecision.Leader.GONE, RAN, wish, NO_ROOM)
                            .verdict())
                    .isEmpty();
        }
        assertThat(MoveDecision.givenUp(sight(source, target), NO_ROOM))
                .isEqualTo(new JobVerdict.Vanished("source: " + source + ", target: " + target + "; no memory"));
    }

    private static Optional<JobVerdict> stayed(
            MoveDecision.Leader leader, MoveDecision.Wish wish, Optional<DriverException> said) {
        return MoveDecision.from(sight(MovePresence.RUNS, MovePresence.ABSENT), leader, RAN, wish, said)
                .verdict();
    }

    private static MoveSight sight(MovePresence source, MovePresence target) {
        return new MoveSight(source, target, MoveSight.Work.NONE);
    }
}
