package io.hvkit.examples.tour;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.examples.console.DemoProcess;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tour as a user runs it, in a process of its own. */
@Tag("every-java")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TourIT {

    @TempDir
    private Path folder;

    @Test
    void every_proof_holds() throws Exception {
        try (DemoProcess tour = start()) {
            assertThat(tour.exitCode()).as(tour.output()).isZero();
            assertThat(tour.output()).contains("| all ").doesNotContain("FAILED");
            tour.assertNothingIsLeft();
        }
    }

    @Test
    void without_the_pivot_the_proofs_fail_and_name_a_record_that_is_missing() throws Exception {
        try (DemoProcess tour = start("--break", "pivot")) {
            assertThat(tour.exitCode()).as(tour.output()).isEqualTo(1);
            assertThat(tour.output())
                    .containsPattern("FAILED.*record [0-9]+ in block [0-9]+ is missing")
                    .contains("Cancelled");
            tour.assertNothingIsLeft();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"1. a private libvirt host", "3. a guest that writes", "4. the disk moves live", "5. libvirtd"})
    void an_interruption_at_any_step_leaves_nothing(String step) throws Exception {
        try (DemoProcess tour = start()) {
            tour.interruptAt(step);

            assertThat(tour.exitCode()).as(tour.output()).isNotZero();
            assertThat(tour.output()).contains("interrupted");
            tour.assertNothingIsLeft();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--frobnicate", "--break disk", "--break"})
    void options_that_make_no_sense_are_refused_by_name(String options) throws Exception {
        try (DemoProcess tour = start(options.split(" ", -1))) {
            assertThat(tour.exitCode()).isEqualTo(2);
            assertThat(tour.output()).contains(options.replace("--break ", ""));
        }
    }

    private DemoProcess start(String... options) throws IOException {
        return DemoProcess.start(TourCommand.class, folder, options);
    }
}
