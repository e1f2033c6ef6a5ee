package io.hvkit.examples.images;

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

/** The demonstration of images as a user runs it, in a process of its own. */
@Tag("every-java")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ImagesIT {

    @TempDir
    private Path folder;

    @Test
    void every_proof_holds() throws Exception {
        try (DemoProcess images = start()) {
            assertThat(images.exitCode()).as(images.output()).isZero();
            assertThat(images.output()).contains("| all ").contains("9 steps").doesNotContain("FAILED");
            images.assertNothingIsLeft();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"3. it becomes a LUKS volume", "6. an encrypted overlay"})
    void an_interruption_leaves_nothing(String step) throws Exception {
        try (DemoProcess images = start()) {
            images.interruptAt(step);

            assertThat(images.exitCode()).as(images.output()).isNotZero();
            assertThat(images.output()).contains("interrupted");
            images.assertNothingIsLeft();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--frobnicate", "--break"})
    void options_that_make_no_sense_are_refused_by_name(String option) throws Exception {
        try (DemoProcess images = start(option)) {
            assertThat(images.exitCode()).isEqualTo(2);
            assertThat(images.output()).contains(option);
        }
    }

    private DemoProcess start(String... options) throws IOException {
        return DemoProcess.start(ImagesCommand.class, folder, options);
    }
}
