package io.hvkit.examples.snapshots;

import io.hvkit.engine.HvKit;
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.engine.job.RecoveryReport.Verdict;
import io.hvkit.testkit.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A process with an engine in it that is killed in the middle of its work, and what another one makes of what it left. */
final class KilledProcess implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int KILLED = 128 + 9;

    private final HvKit hvkit;
    private final Process process;

    private KilledProcess(HvKit hvkit, Process process) {
        this.hvkit = hvkit;
        this.process = process;
    }

    /**
     * Starts one.
     *
     * @param said where it writes what it says; its log is beside
     * @param program its class, and its arguments
     */
    static KilledProcess start(HvKit hvkit, Path said, List<String> program) {
        List<String> words = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                "-Dorg.slf4j.simpleLogger.logFile=" + said + ".log",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=debug"));
        words.addAll(program);
        try {
            return new KilledProcess(
                    hvkit,
                    new ProcessBuilder(words)
                            .redirectErrorStream(true)
                            .redirectOutput(said.toFile())
                            .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Kills it as soon as the journal says that it has come to a step. Returns whether that was before its own end. */
    boolean killAt(String step) throws InterruptedException {
        try {
            Await.until("the step " + step, PATIENCE, () -> !process.isAlive() || hasReached(step));
        } finally {
            process.destroyForcibly(); // SIGKILL: nothing is said to anybody
        }
        return process.waitFor() == KILLED;
    }

    private boolean hasReached(String step) throws InterruptedException {
        return hvkit.jobs().open().stream()
                .anyMatch(operation -> operation.step(step).isPresent());
    }

    /** Kills it, if it lives; whoever gives up earlier leaves none behind. */
    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** As long as the lease of the dead lasts, what it did is left alone; then it is finished, or taken back. */
    List<Verdict> recover() throws InterruptedException {
        List<Verdict> verdicts = new ArrayList<>();
        Await.until("nothing is under way any more", PATIENCE, () -> {
            hvkit.recover().findings().stream()
                    .map(RecoveryReport.Finding::verdict)
                    .filter(verdict -> verdict != Verdict.LEFT_ALONE)
                    .forEach(verdicts::add);
            return hvkit.jobs().open().isEmpty();
        });
        return verdicts;
    }
}
