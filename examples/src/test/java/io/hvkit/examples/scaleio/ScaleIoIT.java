package io.hvkit.examples.scaleio;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.examples.console.DemoProcess;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The demonstration of PowerFlex as a user runs it, in a process of its own. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ScaleIoIT {

    /** What is copied to the other system takes a minute, and 8 GiB of memory or disk. */
    private static final boolean THOROUGH = Boolean.getBoolean("hvkit.thorough");

    @TempDir
    private Path folder;

    @Test
    void every_proof_holds() throws Exception {
        try (DemoProcess demo = THOROUGH ? start() : start("--only", "inside")) {
            assertThat(demo.exitCode()).as(demo.output()).isZero();
            assertThat(demo.output()).contains("| nothing is left", "| all ").doesNotContain("FAILED");
            demo.assertNothingIsLeft();
        }
    }

    @Test
    void a_volume_that_somebody_left_on_an_array_is_named_with_all_that_hangs_on_it() throws Exception {
        try (DemoProcess demo = start("--only", "inside", "--break", "inventory")) {
            assertThat(demo.exitCode()).as(demo.output()).isEqualTo(1);
            assertThat(demo.output())
                    .containsPattern("FAILED.*what should not be: \\[.*mappings of west: \\[forgotten on node1]"
                            + ".*volumes and snapshots of west: \\[forgotten]");
            demo.assertNothingIsLeft();
        }
    }

    @Test
    void an_interruption_leaves_nothing() throws Exception {
        try (DemoProcess demo = start()) {
            demo.interruptAt("3. a running guest gets it");

            assertThat(demo.exitCode()).as(demo.output()).isNotZero();
            assertThat(demo.output()).contains("interrupted");
            demo.assertNothingIsLeft();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--frobnicate", "--only outside", "--break"})
    void options_that_make_no_sense_are_refused_by_name(String options) throws Exception {
        try (DemoProcess demo = start(options.split(" ", -1))) {
            assertThat(demo.exitCode()).isEqualTo(2);
            assertThat(demo.output()).contains(options.replace("--only ", ""));
        }
    }

    private DemoProcess start(String... options) throws IOException {
        return DemoProcess.start(ScaleIoCommand.class, folder, options);
    }
}
