package io.hvkit.kvm.internal.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.hypervisor.spi.MoveVerdict;
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

    @ParameterizedTest
    @EnumSource(MoveDecision.Wish.class)
    void a_machine_that_runs_on_the_target_alone_has_moved_whatever_was_said_or_wanted(MoveDecision.Wish wish) {
        for (Optional<DriverException> said : List.of(NO_ROOM, Optional.<DriverException>empty())) {
            assertThat(MoveDecision.from(MovePresence.ABSENT, MovePresence.RUNS, wish, said))
                    .contains(new MoveVerdict.Succeeded(List.of()));
        }
    }

    @Test
    void a_machine_that_runs_on_the_source_alone_has_failed_to_move_for_the_reason_that_was_said() {
        assertThat(MoveDecision.from(MovePresence.RUNS, MovePresence.ABSENT, MoveDecision.Wish.MOVE, NO_ROOM))
                .contains(new MoveVerdict.Failed(Failure.EXHAUSTED, "no memory"));
    }

    @Test
    void a_machine_that_runs_on_the_source_alone_has_not_moved_even_if_libvirt_said_so() {
        assertThat(MoveDecision.from(MovePresence.RUNS, MovePresence.ABSENT, MoveDecision.Wish.MOVE, Optional.empty()))
                .contains(new MoveVerdict.Failed(Failure.DEFECT, "libvirt said that it had moved"));
    }

    @Test
    void a_machine_that_was_to_stay_and_runs_on_the_source_alone_was_cancelled() {
        assertThat(MoveDecision.from(MovePresence.RUNS, MovePresence.ABSENT, MoveDecision.Wish.CANCEL, NO_ROOM))
                .contains(new MoveVerdict.Cancelled());
    }

    @ParameterizedTest
    @EnumSource(MoveDecision.Wish.class)
    void a_machine_that_runs_nowhere_has_vanished(MoveDecision.Wish wish) {
        assertThat(MoveDecision.from(MovePresence.ABSENT, MovePresence.ABSENT, wish, NO_ROOM))
                .contains(new MoveVerdict.Vanished("the machine runs on neither host: no memory"));
    }

    @ParameterizedTest
    @CsvSource({
        "RUNS, RUNS",
        "RUNS, IN_TRANSIT",
        "RUNS, UNKNOWN",
        "IN_TRANSIT, RUNS",
        "IN_TRANSIT, IN_TRANSIT",
        "IN_TRANSIT, ABSENT",
        "IN_TRANSIT, UNKNOWN",
        "ABSENT, IN_TRANSIT",
        "ABSENT, UNKNOWN",
        "UNKNOWN, RUNS",
        "UNKNOWN, IN_TRANSIT",
        "UNKNOWN, ABSENT",
        "UNKNOWN, UNKNOWN"
    })
    void hosts_that_do_not_agree_or_do_not_answer_are_looked_at_again(MovePresence source, MovePresence target) {
        for (MoveDecision.Wish wish : MoveDecision.Wish.values()) {
            assertThat(MoveDecision.from(source, target, wish, NO_ROOM)).isEmpty();
        }
        assertThat(MoveDecision.givenUp(source, target, NO_ROOM))
                .isEqualTo(
                        new MoveVerdict.Vanished("source: " + source + ", target: " + target + "; no memory"));
    }
}
