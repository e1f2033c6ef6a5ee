package io.hvkit.examples.vmware;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.examples.console.DemoProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demonstration of a vCenter as a user runs it, in a process of its own. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class VmwareIT {

    private static final Path SOURCES = Path.of("..", "vmware-driver", "src", "test", "vcsim")
            .toAbsolutePath()
            .normalize();

    @TempDir
    private static Path programs;

    @TempDir
    private Path folder;

    /** As {@code ./hvkit} does it. */
    @BeforeAll
    static void build() throws IOException, InterruptedException {
        ProcessBuilder go = new ProcessBuilder("go", "build", "-o", program().toString(), ".")
                .directory(SOURCES.toFile())
                .redirectErrorStream(true);
        go.environment()
                .putAll(Map.of(
                        "GO111MODULE",
                        "off",
                        "GOPATH",
                        "/usr/share/gocode",
                        "GOPROXY",
                        "off",
                        "GOFLAGS",
                        "",
                        "CGO_ENABLED",
                        "0",
                        "GOCACHE",
                        Path.of(System.getProperty("hvkit.cache"))
                                .resolve("go")
                                .toAbsolutePath()
                                .toString()));
        Process build = go.start();
        String said = new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(build.waitFor()).as(said).isZero();
    }

    private static Path program() {
        return programs.resolve("vcsim");
    }

    private DemoProcess start(String... options) throws IOException {
        return DemoProcess.start(
                VmwareCommand.class, folder, Map.of("hvkit.vcsim", program().toString()), options);
    }

    @Test
    void every_proof_holds() throws Exception {
        try (DemoProcess demo = start()) {
            assertThat(demo.exitCode()).as(demo.output()).isZero();
            assertThat(demo.output())
                    .contains("| all ", "encrypt", "sessions 0, views and collectors 0, abandoned ones 0")
                    .containsPattern("each with its UUID: \\[copy \\S+, link (\\S+), web-root \\1\\]")
                    .doesNotContain("FAILED");
            demo.assertNothingIsLeft();
        }
    }

    @Test
    void a_connection_that_is_left_open_is_counted() throws Exception {
        try (DemoProcess demo = start("--break", "session")) {
            assertThat(demo.exitCode()).as(demo.output()).isEqualTo(1);
            assertThat(demo.output()).containsPattern("FAILED.*sessions 1");
            demo.assertNothingIsLeft();
        }
    }

    @Test
    void options_that_make_no_sense_are_refused_by_name() throws Exception {
        try (DemoProcess demo = start("--frobnicate")) {
            assertThat(demo.exitCode()).isEqualTo(2);
            assertThat(demo.output()).contains("--frobnicate");
        }
    }
}
