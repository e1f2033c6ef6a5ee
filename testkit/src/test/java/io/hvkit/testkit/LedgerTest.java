package io.hvkit.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LedgerTest {

    private final List<String> undone = new ArrayList<>();

    @Test
    void the_last_step_is_undone_first_and_each_only_once() {
        Ledger ledger = new Ledger();
        ledger.add(() -> undone.add("first"));
        ledger.add(() -> undone.add("second"));

        ledger.close();
        ledger.close();

        assertThat(undone).containsExactly("second", "first");
    }

    @Test
    void a_failure_stops_nothing_and_none_is_forgotten() {
        Ledger ledger = new Ledger();
        ledger.add(() -> undone.add("first"));
        ledger.add(() -> {
            throw new IllegalStateException("second fails");
        });
        ledger.add(() -> {
            throw new IllegalStateException("third fails");
        });

        assertThatThrownBy(ledger::close)
                .hasMessage("third fails")
                .satisfies(e -> assertThat(e.getSuppressed())
                        .singleElement()
                        .hasToString("java.lang.IllegalStateException: second fails"));
        assertThat(undone).containsExactly("first");
    }

    @Test
    void an_interruption_is_kept_and_the_rest_is_undone() {
        Ledger ledger = new Ledger();
        ledger.add(() -> undone.add("first"));
        ledger.add(() -> {
            throw new InterruptedException();
        });

        assertThatThrownBy(ledger::close).hasCauseInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(undone).containsExactly("first");
    }
}
