package io.hvkit.examples.snapshots;

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

/** The demonstration of snapshots as a user runs it, in a process of its own; all twenty of them with {@code -Dhvkit.thorough=true}. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SnapshotsDemoIT {

    private static final String FEW = Boolean.getBoolean("hvkit.thorough") ? "20" : "6";

    @TempDir
    private Path folder;

    @Test
    void a_file_that_somebody_left_is_named_and_all_other_proofs_hold() throws Exception {
        try (DemoProcess snapshots = start("--snapshots", FEW, "--break", "inventory")) {
            assertThat(snapshots.exitCode()).as(snapshots.output()).isEqualTo(1);
            assertThat(snapshots.output())
                    .contains("to the last byte what was there", "layers long", "| all ")
                    .containsPattern("FAILED.*not known: \\[forgotten.txt\\], missing: \\[\\], not whole: \\[\\]")
                    .containsPattern("FAILED: 0 layers, .* 1 files; not known: \\[forgotten.txt\\]");
            assertThat(snapshots.output().lines().filter(line -> line.strip().startsWith("FAILED:")))
                    .as("the store, and at the end once more; nothing else of%n%s", snapshots.output())
                    .hasSize(2);
            snapshots.assertNothingIsLeft();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"--frobnicate", "--seed x", "--break", "--snapshots -1", "--snapshots 4", "--snapshots 100"})
    void options_that_make_no_sense_are_refused_by_name(String options) throws Exception {
        try (DemoProcess snapshots = start(options.split(" ", -1))) {
            assertThat(snapshots.exitCode()).isEqualTo(2);
            assertThat(snapshots.output()).contains(options.split(" ", -1)[0]);
        }
    }

    private DemoProcess start(String... options) throws IOException {
        return DemoProcess.start(SnapshotsCommand.class, folder, options);
    }
}
