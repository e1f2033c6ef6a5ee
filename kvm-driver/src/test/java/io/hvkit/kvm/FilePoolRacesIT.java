package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that know nothing of each other decide about the same volumes at the same time. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class FilePoolRacesIT {

    private static final int VOLUMES = 60;

    @TempDir
    private Path directory;

    @TempDir
    private Path signals;

    @Test
    void of_several_hosts_that_want_a_volume_for_themselves_exactly_one_gets_it() throws Exception {
        make();

        List<String> done = race("attach", "attach", "attach");

        for (int i = 0; i < VOLUMES; i++) {
            int volume = i;
            assertThat(done.stream().filter(words -> words.charAt(volume) == '1'))
                    .as("v%s: %s", volume, done)
                    .hasSize(1);
        }
    }

    @Test
    void a_volume_is_attached_or_removed_and_never_both() throws Exception {
        make();

        List<String> done = race("attach", "delete");

        try (StoragePool pool = opened()) {
            for (int i = 0; i < VOLUMES; i++) {
                VolumeId volume = new VolumeId("v" + i);
                boolean attached = done.get(0).charAt(i) == '1';
                assertThat(done.get(1).charAt(i) == '1')
                        .as("%s: %s", volume, done)
                        .isEqualTo(!attached);
                assertThat(pool.find(volume).isPresent())
                        .as("%s: %s", volume, done)
                        .isEqualTo(attached);
                assertThat(pool.uses(volume)).as("%s: %s", volume, done).hasSize(attached ? 1 : 0);
            }
        }
    }

    private void make() throws InterruptedException {
        try (StoragePool pool = opened()) {
            for (int i = 0; i < VOLUMES; i++) {
                pool.create(CreateVolume.blank("v" + i, ByteSize.mebibytes(1)));
            }
        }
    }

    private List<String> race(String... deeds) throws IOException, InterruptedException {
        Path signal = signals.resolve("go");
        List<Process> runners = new ArrayList<>();
        for (int i = 0; i < deeds.length; i++) {
            runners.add(new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            RaceProgram.class.getName(),
                            directory.toString(),
                            deeds[i],
                            "host-" + i,
                            Integer.toString(VOLUMES),
                            signal.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
        }
        for (int i = 0; i < deeds.length; i++) {
            Path ready = Path.of(signal + "-host-" + i);
            Await.until("runner " + i + " is ready", TestHost.PATIENCE, () -> Files.exists(ready));
        }
        Files.createFile(signal);
        List<String> done = new ArrayList<>();
        for (Process runner : runners) {
            String words = new String(runner.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertThat(runner.waitFor()).as(words).isZero();
            assertThat(words).hasSize(VOLUMES);
            done.add(words);
        }
        return done;
    }

    private StoragePool opened() throws InterruptedException {
        DirectoryPoolDriver driver = new DirectoryPoolDriver();
        Options options = Options.parse(driver.options(), Map.of("path", directory.toString()));
        return driver.open(new PoolId("p"), StoragePoolType.LOCAL_DIRECTORY, options);
    }
}
