package io.hvkit.kvm.internal.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostFacts.Presence;
import io.hvkit.core.HostFeature;
import io.hvkit.kvm.internal.host.HostTools;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What a look at a host is remembered as, and what of it is told. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HostProbeTest {

    private static final Duration HOUR = Duration.ofHours(1);

    private final Answers answers = new Answers();
    private final HostProbe probe = new HostProbe(() -> HostTools.by(answers), Optional.empty(), Duration.ofSeconds(1));

    /** A host that gives one answer after the other. */
    private static final class Answers implements CommandRunner {

        private final Deque<Answer> coming = new ArrayDeque<>();
        private int asked;

        /** One run of the trial. */
        @FunctionalInterface
        private interface Answer {
            CommandResult to(Command command);
        }

        Answers then(Answer answer) {
            coming.add(answer);
            return this;
        }

        Answers thenWorks() {
            return then(
                    command -> says(command, 0, "tool qemu-img qemu-img version 9.9", "tool cryptsetup cryptsetup 3"));
        }

        Answers thenFails(Failure failure) {
            return then(command -> {
                says(command, 0, "tool qemu-img qemu-img version 9.9", "try qemu-img makes LUKS");
                throw DriverException.because(failure).message("no answer");
            });
        }

        @Override
        public CommandResult run(Command command) {
            asked++;
            return coming.remove().to(command);
        }

        private static CommandResult says(Command command, int exitCode, String... lines) {
            List.of(lines).forEach(command.listener());
            return CommandResult.of(exitCode, "", exitCode == 0 ? "" : "first\nUnknown driver 'luks'\n");
        }
    }

    @Test
    void what_was_found_comes_with_the_versions_as_told_what_was_tried_and_how_long_it_took()
            throws InterruptedException {
        answers.then(command ->
                Answers.says(command, 0, "try one thing", "tool qemu-img qemu-img version 9.9", "try another"));

        HostFacts.Finding finding = probe.facts().finding(HostFeature.VOLUME_ENCRYPTION);

        assertThat(finding.presence()).isEqualTo(Presence.PRESENT);
        assertThat(finding.details())
                .containsEntry("qemu-img", "qemu-img version 9.9")
                .containsEntry("tried", "one thing; another")
                .containsKey("took");
    }

    @Test
    void facts_are_remembered_until_they_are_older_than_asked() throws InterruptedException {
        answers.thenWorks().thenWorks().thenWorks();

        HostFacts first = probe.facts(HOUR);
        assertThat(probe.facts(HOUR)).isSameAs(first);
        assertThat(probe.facts(Duration.ZERO.minusNanos(1))).isNotSameAs(first);
        assertThat(probe.facts()).isNotSameAs(first);
        assertThat(answers.asked).isEqualTo(3);
    }

    @Test
    void a_look_that_fails_says_that_what_it_misses_was_proven_before() throws InterruptedException {
        answers.thenWorks().thenFails(Failure.TIMED_OUT);
        HostFacts proven = probe.facts();

        HostFacts.Finding now = probe.facts().finding(HostFeature.VOLUME_ENCRYPTION);

        assertThat(now.presence()).isEqualTo(Presence.ABSENT);
        assertThat(now.reason())
                .contains("qemu-img makes LUKS", "no answer", "it was there")
                .contains(proven.probedAt().toString());
        assertThat(probe.facts(HOUR).finding(HostFeature.VOLUME_ENCRYPTION)).isEqualTo(now);
    }

    @Test
    void a_host_that_does_not_answer_is_no_finding_and_what_was_known_stays() throws InterruptedException {
        answers.thenWorks().thenFails(Failure.UNREACHABLE);
        HostFacts proven = probe.facts();

        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(probe::facts)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.UNREACHABLE));
        assertThat(probe.facts(HOUR)).isSameAs(proven);
    }

    @Test
    void the_reason_is_what_was_tried_last_and_the_tools_last_word() throws InterruptedException {
        answers.then(command -> Answers.says(command, 1, "try one thing", "try qemu-img makes LUKS"));

        assertThat(probe.facts().finding(HostFeature.VOLUME_ENCRYPTION).reason())
                .isEqualTo("not so: qemu-img makes LUKS (Unknown driver 'luks')");
    }

    @Test
    void of_a_host_whose_programs_cannot_be_run_nothing_is_claimed_and_one_without_keys_encrypts_nothing()
            throws InterruptedException {
        HostTools none = HostTools.none("no programs");
        HostProbe remote = new HostProbe(() -> none, Optional.empty(), Duration.ofSeconds(1));
        HostProbe open = new HostProbe(() -> none, Optional.of("all could read them"), Duration.ofSeconds(1));

        assertThat(remote.facts().finding(HostFeature.QEMU_IMG).reason()).isEqualTo("no programs");
        assertThat(remote.facts().finding(HostFeature.VOLUME_ENCRYPTION).presence())
                .isEqualTo(Presence.NOT_PROBED);
        assertThat(open.facts().finding(HostFeature.VOLUME_ENCRYPTION).presence())
                .isEqualTo(Presence.ABSENT);
        assertThat(open.facts().finding(HostFeature.VOLUME_ENCRYPTION).reason()).contains("could read");
    }

    @Test
    void facts_from_the_future_are_not_fresh() {
        Instant now = Instant.now();

        assertThat(HostFacts.at(now).isFresh(Duration.ZERO, now)).isTrue();
        assertThat(HostFacts.at(now).isFresh(HOUR, now.plus(HOUR))).isTrue();
        assertThat(HostFacts.at(now).isFresh(HOUR, now.plus(HOUR).plusNanos(1))).isFalse();
        assertThat(HostFacts.at(now.plusSeconds(1)).isFresh(HOUR, now)).isFalse();
    }
}
