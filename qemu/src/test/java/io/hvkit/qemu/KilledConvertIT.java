package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Conversions whose JVM is killed without a warning. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class KilledConvertIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(16);
    static final String KEY = "known-to-this-test-alone";

    @TempDir
    private static Path shared;

    @TempDir
    private Path directory;

    private static Secret key;

    private QemuImg qemuImg;

    @BeforeAll
    static void makeSourceAndDirtyTargets() throws Exception {
        key = Disks.fastKey(KEY);
        QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
        Disks.random(shared.resolve("source"), SIZE, 21);
        Image dirty = Image.raw(Disks.random(shared.resolve("raw"), SIZE, 22));
        for (String format : List.of("qcow2", "sealed")) {
            qemuImg.convert(ConvertRequest.of(dirty, image(format, shared.resolve(format), key)));
        }
        Image luks = Disks.luks(shared.resolve("luks"), SIZE, key);
        qemuImg.convert(ConvertRequest.of(dirty, luks).onto(TargetState.EXISTS));
    }

    @AfterAll
    static void wipeKey() {
        key.close();
    }

    @BeforeEach
    void probe() throws InterruptedException {
        qemuImg = QemuImg.probe(CommandRunner.local());
    }

    @ParameterizedTest
    @CsvSource({"raw, 0", "luks, 10", "sealed, 500", "qcow2, 990", "luks, 990", "raw, 500"})
    void a_target_that_exists_is_known_as_incomplete_however_far_it_came(String format, long perMille)
            throws Exception {
        Path file = Files.copy(shared.resolve(format), directory.resolve("target"));
        Image target = image(format, file, key);
        assertThat(qemuImg.isIncomplete(target)).isFalse();

        String reached = killAt(format, file, perMille, TargetState.EXISTS);

        assertThat(Long.parseLong(reached)).isBetween(perMille, 999L);
        assertThat(qemuImg.isIncomplete(target)).isTrue();
        Image source = Image.raw(shared.resolve("source"));
        assertThat(qemuImg.compare(source, target).isIdentical()).isFalse();
        qemuImg.convert(ConvertRequest.of(source, target).onto(TargetState.EXISTS));
        assertThat(qemuImg.isIncomplete(target)).isFalse();
        assertThat(qemuImg.compare(source, target).isIdentical()).isTrue();
    }

    @Test
    void a_target_that_was_absent_stays_absent_and_what_is_left_can_be_swept() throws Exception {
        for (long perMille : List.of(0L, 500L)) {
            killAt("qcow2", directory.resolve("target"), perMille, TargetState.ABSENT);

            assertThat(directory.resolve("target")).doesNotExist();
            assertThat(Disks.names(directory)).hasSize(2).anyMatch(name -> name.endsWith(".partial"));
            PartialFiles.sweep(HostFiles.local(), directory);
            assertThat(Disks.names(directory)).containsExactly("reached");
            Files.delete(directory.resolve("reached"));
        }
    }

    static Image image(String format, Path path, Secret key) {
        return switch (format) {
            case "raw" -> Image.raw(path);
            case "qcow2" -> Image.qcow2(path);
            case "luks" -> Image.luks(path).unlockedBy(key);
            default -> Image.qcow2(path).unlockedBy(key);
        };
    }

    /** Returns how far it had come when it was killed. */
    private String killAt(String format, Path target, long perMille, TargetState state) throws Exception {
        Path reached = directory.resolve("reached");
        Path log = shared.resolve("log");
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.hvkit.qemu.ConvertProgram",
                        format,
                        shared.resolve("source").toString(),
                        target.toString(),
                        Long.toString(perMille),
                        reached.toString(),
                        state.name())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            Await.until("a copy that came to " + perMille, () -> Files.exists(reached) || !jvm.isAlive());
            assertThat(reached).as(read(log)).exists();
            List<ProcessHandle> tools = new ArrayList<>(jvm.descendants().toList());
            jvm.destroyForcibly().waitFor();
            for (ProcessHandle tool : tools) {
                Await.until("the end of what the JVM had started", () -> !tool.isAlive());
            }
        } finally {
            jvm.destroyForcibly().waitFor();
        }
        return read(reached);
    }

    private static String read(Path file) throws IOException {
        return Files.exists(file) ? Files.readString(file) : "";
    }
}
