package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.testkit.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Engines over a real catalog and real files are killed at any moment; the next one makes all agree, and every key opens its volume. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class KilledEngineIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int ROUNDS = Boolean.getBoolean("hvkit.thorough") ? 60 : 2;

    @TempDir
    private Path folder;

    @BeforeEach
    void make() throws IOException {
        Files.createDirectory(folder.resolve("pool"));
        MasterKeyFile.create(folder.resolve("kek"));
    }

    @Test
    void whenever_an_engine_is_killed_the_next_one_finds_every_volume_whole_and_opens_it() throws Exception {
        long seed = Long.getLong("hvkit.seed", System.nanoTime());
        System.out.println("engines are killed by seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            killAfter(3 + random.nextInt(6), random.nextInt(300), seed + round);

            try (HvKit hvkit = ChurnProgram.open(folder)) {
                Await.until("all operations have ended", PATIENCE, () -> {
                    hvkit.recover();
                    return hvkit.jobs().open().isEmpty();
                });
                VolumesInDirectory.of(folder, place()).check(hvkit, "seed " + seed + ", round " + round);
                assertThat(hvkit.recover().findings()).isEmpty();
            }
        }
    }

    private String place() {
        return folder.resolve("catalog.db").toString();
    }

    /** Lets an engine do some steps, and kills it a little later. */
    private void killAfter(int steps, int millis, long seed) throws Exception {
        Path said = folder.resolve("said-" + seed);
        Process process = ChurnProgram.start(said, folder.toString(), Long.toString(seed), place());
        try {
            Await.until(steps + " steps", PATIENCE, () -> !process.isAlive() || lines(said) >= steps, () -> text(said));
            assertThat(process.isAlive()).as(text(said)).isTrue();
            assertThat(process.waitFor(millis, TimeUnit.MILLISECONDS))
                    .as("it goes on until it is killed: %s", text(said))
                    .isFalse();
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private static long lines(Path file) {
        return text(file).lines().filter(line -> line.startsWith("step ")).count();
    }

    private static String text(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
