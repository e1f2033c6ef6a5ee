package io.hvkit.engine.internal.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.OperationRecord.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real processes kill themselves before and after each write to the journal and each effect; another process recovers. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class KilledProcessIT {

    private static final int SLICE = 5;
    private static final int NEVER = Integer.MAX_VALUE;

    @TempDir
    private Path temporary;

    @ParameterizedTest(name = "refused: {0}")
    @ValueSource(strings = {"nothing", "make turn a"})
    void a_process_is_killed_and_another_one_recovers(String refused) throws Exception {
        State end = refused.equals("nothing") ? State.SUCCEEDED : State.FAILED;
        long seed = Long.getLong("hvkit.seed", System.nanoTime());
        List<Integer> moments =
                new ArrayList<>(IntStream.rangeClosed(1, 40).boxed().toList());
        Collections.shuffle(moments, new Random(seed));
        int killed = 0;
        for (int moment : Boolean.getBoolean("hvkit.thorough") ? moments : moments.subList(0, SLICE)) {
            Path folder = Files.createDirectory(temporary.resolve("moment-" + moment));
            try {
                killed += run(folder, "begin", moment, refused) == DoomedProcess.KILLED ? 1 : 0;
                assertThat(run(folder, "recover", NEVER, refused)).isZero();
                check(folder, end);
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed + ", moment " + moment + ": " + e.getMessage(), e);
            }
        }
        assertThat(killed).as("processes that were killed").isPositive();
    }

    private static int run(Path folder, String action, int moment, String refused)
            throws IOException, InterruptedException {
        Path output = folder.resolve(action + ".log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DoomedProcess.class.getName(),
                        folder.toString(),
                        action,
                        Integer.toString(moment),
                        refused)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("it ends").isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(Files.readString(output)).isIn(0, DoomedProcess.KILLED);
        return process.exitValue();
    }

    private static void check(Path folder, State end) throws InterruptedException {
        Outside outside = Outside.in(folder.resolve("things"));
        Replacement replacement = new Replacement(outside, Replacement.Looking.WITH_A_LOOK);
        try (Catalog catalog = DoomedProcess.catalog(folder);
                Operations later =
                        new Operations(catalog, List.of(replacement), EngineOfTests.terms(), InstantSource.system())) {
            Optional<OperationRecord> record =
                    catalog.inTransaction(transaction -> transaction.journal().findBy("k"));
            record.ifPresent(operation -> assertThat(operation.state()).isEqualTo(end));
            boolean succeeded = record.isPresent() && end == State.SUCCEEDED;
            assertThat(outside.things())
                    .isEqualTo(new TreeSet<>(succeeded ? List.of("link a", "new a", "note a", "turn a") : List.of()));
            assertThat(later.recover().findings()).isEmpty();
            assertThat(outside.calls()).isEmpty();
        }
    }
}
