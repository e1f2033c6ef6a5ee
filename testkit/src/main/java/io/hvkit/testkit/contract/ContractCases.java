package io.hvkit.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.testkit.Ledger;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What the contracts of all SPIs share. A contract judges only what it made, under names that no other run uses, and undoes it.
 */
@ExtendWith(ContractRun.class)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
public abstract class ContractCases {

    private final Ledger ledger = new Ledger();

    /** Made by JUnit. */
    protected ContractCases() {}

    /** Returns the cases that are known to be broken; none unless a plug-in says so. */
    protected List<Waiver> waivers() {
        return List.of();
    }

    /** Returns where the report is written; {@code target/contract-reports} unless a plug-in says otherwise. */
    protected Path reports() {
        return Path.of("target", "contract-reports");
    }

    /** Returns what is judged, for the report. */
    protected abstract Subject subject();

    /**
     * What is judged.
     *
     * @param type the id of its type
     * @param features what it offers, for people
     */
    public record Subject(String type, String features) {}

    /** Notes how to undo something, which is done when the case has ended. */
    protected final void undoLater(Ledger.Undo action) {
        ledger.add(action);
    }

    /** Undoes what the case left. */
    @AfterEach
    final void undoEverything() {
        ledger.close();
    }

    /** A call of the SPI. */
    @FunctionalInterface
    protected interface Call {
        /** Makes it. */
        void make() throws InterruptedException;
    }

    /** Requires that a call is refused for that reason and has done nothing. */
    protected static void refuses(Failure failure, Call call) {
        refuses(failure, "a call that is to be refused", call);
    }

    /** Requires that a call is refused for that reason and has done nothing. */
    protected static void refuses(Failure failure, String what, Call call) {
        assertThatExceptionOfType(DriverException.class)
                .as(what)
                .isThrownBy(call::make)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(failure))
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED))
                .satisfies(e -> assertThat(e.getMessage()).isNotBlank());
    }
}
