package io.hvkit.examples.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.examples.console.DemoProcess;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The quick start of the engine as a user runs it, in a process of its own. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EngineDemoIT {

    @TempDir
    private Path folder;

    @Test
    void every_proof_holds() throws Exception {
        try (DemoProcess engine = start("--catalog", "sqlite")) {
            assertThat(engine.exitCode()).as(engine.output()).isZero();
            assertThat(engine.output())
                    .contains(
                            "fetched 2 times over HTTP",
                            "they are the same; counted anew it differs by []",
                            "| sqlite: nothing is left behind",
                            "| sqlite: no key is anywhere",
                            "take a snapshot: an encrypted volume; its pool: raw files; who has it: a running machine",
                            "the matrix: UNSUPPORTED, the disk of the machine that runs has no room for notes of changes",
                            "| 16 steps")
                    .containsPattern("each of its \\d+ reasons was met, and nothing changed; not met: \\[\\]")
                    .doesNotContain("FAILED");
            engine.assertNothingIsLeft();
        }
    }

    /** One file too many is all that is wrong. */
    @Test
    void a_file_that_somebody_left_in_a_pool_is_named_on_the_other_catalog() throws Exception {
        try (DemoProcess engine = start("--catalog", "postgresql", "--break", "inventory")) {
            assertThat(engine.exitCode()).as(engine.output()).isEqualTo(1);
            assertThat(engine.output())
                    .containsPattern("FAILED: .*found: \\[files of away: \\[forgotten.raw\\]\\]")
                    .containsOnlyOnce("FAILED: ")
                    .contains("| 16 steps");
            engine.assertNothingIsLeft();
        }
    }

    private DemoProcess start(String... options) throws IOException {
        return DemoProcess.start(EngineCommand.class, folder, options);
    }
}
