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
final class KilledMove {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int KILLED = 128 + 9;

    private final Path work;
    private final Platform platform;
    private final HvKit hvkit;

    KilledMove(Path work, Platform platform, HvKit hvkit) {
        this.work = work;
        this.platform = platform;
        this.hvkit = hvkit;
    }

    /** What became of it. */
    record End(int exitCode, List<String> steps, List<Verdict> verdicts) {

        /** Returns whether it was killed on the way, and was brought to its end by somebody else. */
        boolean isFinishedByAnother() {
            return exitCode == KILLED && verdicts.equals(List.of(Verdict.FINISHED));
        }

        @Override
        public String toString() {
            return "exit code " + exitCode + " at " + steps + "; recovery: " + verdicts;
        }
    }

    /** Has another process begin it, kills that as soon as the journal says that bytes are copied, and recovers. */
    End run(VolumeRecord volume, PoolRecord pool) throws InterruptedException {
        Process process = start(volume, pool);
        try {
            Await.until("bytes are copied", PATIENCE, () -> !process.isAlive() || isCopying());
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

    private boolean isCopying() throws InterruptedException {
        return hvkit.jobs().open().stream()
                .flatMap(operation -> operation.step("copy").stream())
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
        List<String> words = List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                "-Dorg.slf4j.simpleLogger.logFile=" + work.resolve("move.log"),
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=debug",
                MoveProgram.class.getName(),
                platform.database(),
                platform.masterKeys().toString(),
                volume.id().value(),
                pool.id().value());
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
