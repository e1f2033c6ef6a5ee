package io.hvkit.examples.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.testkit.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A demonstration as a user runs it, in a process of its own. */
public final class DemoProcess implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    /** A thorough demonstration of snapshots takes twenty of them, in seven minutes on a loaded machine. */
    private static final Duration WHOLE_DEMONSTRATION = Duration.ofMinutes(20);

    private final Path work;
    private final Path output;
    private final Process process;

    private DemoProcess(Path work, Path output, Process process) {
        this.work = work;
        this.output = output;
        this.process = process;
    }

    /** Starts one whose work, output and log are in {@code folder}. */
    public static DemoProcess start(Class<?> command, Path folder, String... options) throws IOException {
        return start(command, folder, Map.of(), options);
    }

    /** Starts one that is told something by system properties, too. */
    public static DemoProcess start(Class<?> command, Path folder, Map<String, String> properties, String... options)
            throws IOException {
        Path work = folder.resolve("work");
        Path output = folder.resolve("output");
        List<String> words = new ArrayList<>(List.of(
                "env", // who is started in the background by a script ignores interruptions, and so would this
                "--default-signal=INT",
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                "-Dhvkit.cache=" + System.getProperty("hvkit.cache"),
                "-Dorg.slf4j.simpleLogger.logFile=" + folder.resolve("hvkit.log")));
        properties.forEach((name, value) -> words.add("-D" + name + "=" + value));
        words.addAll(List.of(command.getName(), "--work", work.toString()));
        words.addAll(List.of(options));
        Process process = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        return new DemoProcess(work, output, process);
    }

    /** Interrupts it, as Ctrl-C does, when its output says that a step has begun. */
    public void interruptAt(String step) throws IOException, InterruptedException {
        Await.until("step " + step, PATIENCE, () -> output().contains(step));
        new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
    }

    /** Waits for its end. */
    public int exitCode() throws InterruptedException {
        assertThat(process.waitFor(WHOLE_DEMONSTRATION.toSeconds(), TimeUnit.SECONDS))
                .as("it ends")
                .isTrue();
        return process.exitValue();
    }

    /** Returns all that it has said. */
    public String output() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            return "";
        }
    }

    public void assertNothingIsLeft() throws IOException, InterruptedException {
        Await.until(
                "no process of the demonstration is left",
                PATIENCE,
                () -> ProcessHandle.allProcesses()
                        .noneMatch(
                                other -> other.info().commandLine().orElse("").contains(work.toString())));
        assertThat(Files.readString(Path.of("/proc/mounts"))).doesNotContain(work.toString());
        try (Stream<Path> left = Files.list(work)) {
            assertThat(left).isEmpty();
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
