package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.postgres.PrivatePostgresExtension;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Engines in two processes work on the same volumes over one PostgreSQL; one is killed, and the other one finishes what it left. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TwoEnginesIT {

    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int MOST_ROUNDS = 10;

    @RegisterExtension
    static final PrivatePostgresExtension POSTGRES = PrivatePostgresExtension.perClass();

    @TempDir
    private Path folder;

    @BeforeEach
    void make() throws Exception {
        Files.createDirectory(folder.resolve("pool"));
        MasterKeyFile.create(folder.resolve("kek"));
        try (HvKit hvkit = ChurnProgram.open(folder, place())) {
            assertThat(ChurnProgram.pool(hvkit, folder).name()).isEqualTo("fast");
        }
    }

    @Test
    void what_one_left_open_when_it_was_killed_the_other_finishes_and_all_agree() throws Exception {
        long seed = Long.getLong("hvkit.seed", System.nanoTime());
        System.out.println("one of two engines is killed by seed " + seed);
        Random random = new Random(seed);
        Path said = folder.resolve("said-survivor");
        Process survivor = start(said, seed);
        try {
            boolean isTakenOver = false;
            for (int round = 1; round <= MOST_ROUNDS && !isTakenOver; round++) {
                Optional<RecordId<OperationRecord>> left = killOne(seed + round, random.nextInt(200));
                if (left.isPresent()) {
                    Await.until("the other one finishes it", PATIENCE, () -> hasEnded(left.get()), () -> text(said));
                    isTakenOver = true;
                }
            }
            assertThat(isTakenOver).as("one was killed within an operation").isTrue();
            long steps = steps(said);
            Await.until("the survivor goes on", PATIENCE, () -> steps(said) > steps + 1, () -> text(said));
            Files.createFile(folder.resolve("stop"));
            assertThat(survivor.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(survivor.exitValue()).as(text(said)).isZero();
        } finally {
            survivor.destroyForcibly().waitFor();
        }
        try (HvKit hvkit = ChurnProgram.open(folder, place())) {
            assertThat(hvkit.recover().findings()).isEmpty();
            VolumesInDirectory.of(folder, place()).check(hvkit, "seed " + seed);
        }
    }

    /** Kills an engine a little after it has begun its second operation; returns the operation that it left open, if it did. */
    private Optional<RecordId<OperationRecord>> killOne(long seed, int millis) throws Exception {
        Path said = folder.resolve("said-" + seed);
        Process doomed = start(said, seed);
        try {
            Await.until(
                    "two operations",
                    PATIENCE,
                    () -> !doomed.isAlive() || lines(said, "begun ") >= 2,
                    () -> text(said));
            assertThat(doomed.waitFor(millis, TimeUnit.MILLISECONDS))
                    .as("it goes on until it is killed: %s", text(said))
                    .isFalse();
        } finally {
            doomed.destroyForcibly().waitFor();
        }
        Optional<RecordId<OperationRecord>> last = text(said)
                .lines()
                .filter(line -> line.startsWith("begun "))
                .reduce((one, next) -> next)
                .map(line -> new RecordId<>(line.substring("begun ".length())));
        return last.isPresent() && !hasEnded(last.get()) ? last : Optional.empty();
    }

    private boolean hasEnded(RecordId<OperationRecord> id) throws InterruptedException {
        try (JdbcCatalog catalog = Databases.open(place())) {
            return catalog.inTransaction(transaction ->
                    transaction.journal().find(id).orElseThrow().state().isEnded());
        }
    }

    private Process start(Path said, long seed) throws IOException {
        return ChurnProgram.start(said, folder.toString(), Long.toString(seed), place(), "together");
    }

    private static String place() {
        return POSTGRES.postgres().url();
    }

    private static long steps(Path file) {
        return lines(file, "step ");
    }

    private static long lines(Path file, String start) {
        return text(file).lines().filter(line -> line.startsWith(start)).count();
    }

    private static String text(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
