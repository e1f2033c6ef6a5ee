package io.hvkit.examples.storage;

import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.OperationRecord.Step.Progress;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.VolumeRecord;
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

/** A move of a volume whose process is killed while the bytes are copied, and what another process makes of it. */
public final class KilledMove {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int KILLED = 128 + 9;

    private final Path work;
    private final List<String> program;
    private final HvKit hvkit;

    /**
     * Makes one that is not begun yet.
     *
     * @param program the class of the program that begins it, and its arguments but for the volume and the pool, which follow
     */
    public KilledMove(Path work, List<String> program, HvKit hvkit) {
        this.work = work;
        this.program = program;
        this.hvkit = hvkit;
    }

    /** When it is killed: in a step, once that has come so far. */
    public record Moment(String step, Await.Condition isReached) {

        /** Returns the moment when a step is about to begin. */
        public static Moment of(String step) {
            return new Moment(step, () -> true);
        }
    }

    /** What became of it. */
    public record End(int exitCode, List<String> steps, List<Verdict> verdicts) {

        /** Returns whether it was killed on the way, and was brought to its end by somebody else. */
        public boolean isFinishedByAnother() {
            return exitCode == KILLED && verdicts.equals(List.of(Verdict.FINISHED));
        }

        @Override
        public String toString() {
            return "exit code " + exitCode + " at " + steps + "; recovery: " + verdicts;
        }
    }

    /** Has another process begin it, kills that as soon as the journal says that it is at a step, and recovers. */
    public End run(VolumeRecord volume, PoolRecord pool, Moment moment) throws InterruptedException {
        Process process = start(volume, pool);
        try {
            Await.until(
                    "the middle of the step " + moment.step,
                    PATIENCE,
                    () -> !process.isAlive() || (isAt(moment.step) && moment.isReached.holds()));
        } finally {
            process.destroyForcibly(); // SIGKILL: nothing is said to anybody
        }
        int exitCode = process.waitFor();
        List<String> steps = hvkit.jobs().open().stream()
                .flatMap(operation -> operation.steps().stream())
                .map(step -> step.name() + " " + step.progress())
                .toList();
        return new End(exitCode, steps, recover());
    }

    private boolean isAt(String step) throws InterruptedException {
        return hvkit.jobs().open().stream()
                .flatMap(operation -> operation.step(step).stream())
                .map(OperationRecord.Step::progress)
                .anyMatch(Progress.INTENDED::equals);
    }

    // tag::recover[]
    /** As long as the lease of the dead process lasts, its operation is left alone; then it is finished, or taken back. */
    private List<Verdict> recover() throws InterruptedException {
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
    // end::recover[]

    private Process start(VolumeRecord volume, PoolRecord pool) {
        List<String> words = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                "-Dorg.slf4j.simpleLogger.logFile=" + work.resolve("move.log"),
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=debug"));
        words.addAll(program);
        words.addAll(List.of(volume.id().value(), pool.id().value()));
        try {
            return new ProcessBuilder(words)
                    .redirectErrorStream(true)
                    .redirectOutput(work.resolve("move.said").toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
