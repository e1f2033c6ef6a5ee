package io.hvkit.examples.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.examples.console.DemoProcess;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The demonstration of volumes and keys as a user runs it, in a process of its own. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StorageIT {

    /** Whether all of the demonstration runs on both catalogs. */
    private static final boolean THOROUGH = Boolean.getBoolean("hvkit.thorough");

    @TempDir
    private Path folder;

    @Test
    void every_proof_holds() throws Exception {
        try (DemoProcess storage = THOROUGH ? start() : start("--catalog", "sqlite")) {
            assertThat(storage.exitCode()).as(storage.output()).isZero();
            assertThat(storage.output())
                    .contains("| sqlite: nothing is left", "| all ")
                    .doesNotContain("FAILED");
            assertThat(storage.output().contains("| postgresql: nothing is left"))
                    .isEqualTo(THOROUGH);
            storage.assertNothingIsLeft();
        }
    }

    @Test
    void a_file_that_somebody_left_in_a_pool_is_all_that_is_wrong_on_the_other_catalog() throws Exception {
        try (DemoProcess storage = start("--catalog", "postgresql", "--break", "inventory")) {
            assertThat(storage.exitCode()).as(storage.output()).isEqualTo(1);
            assertThat(storage.output())
                    .containsPattern("FAILED.*what should not be: \\[files of local2: \\[forgotten.raw\\]\\]")
                    .containsOnlyOnce("FAILED: ");
            storage.assertNothingIsLeft();
        }
    }

    @ParameterizedTest
    @CsvSource({"sqlite, 3. a running guest gets it", "postgresql, 5. it moves live"})
    void an_interruption_leaves_nothing(String catalog, String step) throws Exception {
        try (DemoProcess storage = start("--catalog", catalog)) {
            storage.interruptAt(step);

            assertThat(storage.exitCode()).as(storage.output()).isNotZero();
            assertThat(storage.output()).contains("interrupted");
            storage.assertNothingIsLeft();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--frobnicate", "--catalog oracle", "--break"})
    void options_that_make_no_sense_are_refused_by_name(String options) throws Exception {
        try (DemoProcess storage = start(options.split(" ", -1))) {
            assertThat(storage.exitCode()).isEqualTo(2);
            assertThat(storage.output()).contains(options.replace("--catalog ", ""));
        }
    }

    private DemoProcess start(String... options) throws IOException {
        return DemoProcess.start(StorageCommand.class, folder, options);
    }
}
