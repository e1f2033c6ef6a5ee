package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encrypted images whose JVM is killed, without a warning, while it writes their headers. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class KilledCreationIT {

    static final String KEY = "known-to-this-test-alone";

    @TempDir
    private Path directory;

    @Test
    void an_image_that_has_its_name_opens_with_its_key_and_what_is_left_of_another_can_be_swept() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
        try (Secret key = Disks.fastKey(KEY)) {
            for (int round = 0; round < Campaign.rounds(2); round++) {
                Path folder = Files.createDirectory(directory.resolve("round-" + round));
                List<String> said = killAfter(1 + random.nextInt(60), folder);

                PartialFiles.sweep(HostFiles.local(), folder);

                List<String> names = Disks.names(folder);
                assertThat(names).as("seed %d", seed).containsAll(said).hasSizeBetween(said.size(), said.size() + 1);
                for (String name : names) {
                    requireOpens(qemuImg, image(folder.resolve(name), key), seed);
                }
            }
        }
    }

    static Image image(Path path, Secret key) {
        return (path.toString().endsWith(".luks") ? Image.luks(path) : Image.qcow2(path)).unlockedBy(key);
    }

    /** Reading a byte takes the key, by a program that knows nothing of how the header was written. */
    private static void requireOpens(QemuImg qemuImg, Image image, long seed) throws InterruptedException {
        assertThat(qemuImg.compare(image, image).isIdentical())
                .as("%s, seed %d", image, seed)
                .isTrue();
    }

    /** Returns the images that the program said it had made. */
    private List<String> killAfter(int images, Path folder) throws Exception {
        Path said = directory.resolve(folder.getFileName() + "-said");
        Path log = directory.resolve("log");
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        CreationProgram.class.getName(),
                        folder.toString(),
                        said.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            Await.until(images + " images", () -> lines(said).size() >= images || !jvm.isAlive());
            assertThat(jvm.isAlive()).as(Files.readString(log)).isTrue();
        } finally {
            jvm.destroyForcibly().waitFor();
        }
        return lines(said);
    }

    private static List<String> lines(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
