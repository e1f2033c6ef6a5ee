package io.hvkit.examples.tour;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.testkit.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tour as a user runs it, in a process of its own. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TourIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    private Path folder;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void end() {
        started.forEach(Process::destroyForcibly);
    }

    @Test
    void every_proof_holds() throws Exception {
        Process tour = start();

        assertThat(exitCode(tour)).as(output()).isZero();
        assertThat(output()).contains("| all ").doesNotContain("FAILED");
        assertNothingIsLeft();
    }

    @Test
    void without_the_pivot_the_proofs_fail_and_name_a_record_that_is_missing() throws Exception {
        Process tour = start("--break", "pivot");

        assertThat(exitCode(tour)).as(output()).isEqualTo(1);
        assertThat(output())
                .containsPattern("FAILED.*record [0-9]+ in block [0-9]+ is missing")
                .contains("Cancelled");
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"1. a private libvirt host", "3. a guest that writes", "4. the disk moves live", "5. libvirtd"})
    void an_interruption_at_any_step_leaves_nothing(String step) throws Exception {
        Process tour = start();
        Await.until("step " + step, PATIENCE, () -> output().contains(step));

        new ProcessBuilder("kill", "-INT", Long.toString(tour.pid())).start().waitFor();

        assertThat(exitCode(tour)).as(output()).isNotZero();
        assertThat(output()).contains("interrupted");
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--frobnicate", "--break disk", "--break"})
    void options_that_make_no_sense_are_refused_by_name(String options) throws Exception {
        Process tour = start(options.split(" ", -1));

        assertThat(exitCode(tour)).isEqualTo(2);
        assertThat(output()).contains(options.replace("--break ", ""));
    }

    private Process start(String... options) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                "-Dhvkit.cache=" + System.getProperty("hvkit.cache"),
                "-Dorg.slf4j.simpleLogger.logFile=" + folder.resolve("hvkit.log"),
                TourCommand.class.getName(),
                "--work",
                folder.resolve("tour").toString()));
        words.addAll(List.of(options));
        Process tour = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
        started.add(tour);
        return tour;
    }

    private static int exitCode(Process tour) throws InterruptedException {
        assertThat(tour.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .as("it ends")
                .isTrue();
        return tour.exitValue();
    }

    private String output() {
        try {
            return Files.readString(folder.resolve("output"));
        } catch (IOException e) {
            return "";
        }
    }

    private void assertNothingIsLeft() throws IOException, InterruptedException {
        Path work = folder.resolve("tour");
        Await.until(
                "no process of the tour is left",
                PATIENCE,
                () -> ProcessHandle.allProcesses()
                        .noneMatch(process ->
                                process.info().commandLine().orElse("").contains(work.toString())));
        assertThat(Files.readString(Path.of("/proc/mounts"))).doesNotContain(work.toString());
        try (Stream<Path> left = Files.list(work)) {
            assertThat(left).isEmpty();
        }
    }
}
