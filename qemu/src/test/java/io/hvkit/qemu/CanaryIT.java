package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Secret;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two keys that everybody would know again are looked for wherever a key could have been left. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CanaryIT {

    private static final List<String> CANARIES = CanaryProgram.CANARIES;

    @TempDir
    private Path directory;

    @Test
    void no_key_is_seen_in_arguments_environments_files_or_failures() throws Exception {
        Path log = directory.resolve("log");
        Path watched = Scripts.write(
                directory.resolve("watched"),
                "cat /proc/$$/cmdline /proc/$$/environ >> " + log,
                "exec qemu-img \"$@\"");
        Path work = Files.createDirectory(directory.resolve("work"));
        Set<String> seen = new TreeSet<>();
        List<Throwable> failures = new ArrayList<>();
        try (Secret one = Disks.fastKey(CANARIES.get(0));
                Secret two = Disks.fastKey(CANARIES.get(1))) {
            QemuImg qemuImg = QemuImg.probe(CommandRunner.local(), watched);
            Image source = Image.raw(Disks.random(directory.resolve("source"), ByteSize.mebibytes(48), 11));
            Image first = Image.luks(work.resolve("first")).unlockedBy(one);
            Image second = Image.qcow2(work.resolve("second")).unlockedBy(two);
            qemuImg.convert(ConvertRequest.of(source, first), progress -> look(seen));
            qemuImg.convert(ConvertRequest.of(first, second), progress -> look(seen));
            qemuImg.compare(first, second);
            qemuImg.resize(second, ByteSize.mebibytes(64));
            qemuImg.check(second);
            CryptSetup cryptSetup = CryptSetup.probe(CommandRunner.local());
            assertThat(cryptSetup.unlocks(first.requirePath(), one)).isTrue();

            for (Attempt attempt : List.<Attempt>of(
                    () -> qemuImg.convert(ConvertRequest.of(first.unlockedBy(two), second.unlockedBy(one))
                            .onto(TargetState.EXISTS)),
                    () -> qemuImg.resize(second.unlockedBy(one), ByteSize.mebibytes(99)),
                    () -> qemuImg.create(first, ByteSize.mebibytes(1)),
                    () -> qemuImg.check(first),
                    () -> cryptSetup.format(first.requirePath(), LuksType.LUKS1, two),
                    () -> cryptSetup.unlocks(source.requirePath(), two))) {
                try {
                    attempt.make();
                } catch (DriverException e) {
                    failures.add(e);
                }
            }
        }

        assertThat(seen).as("commands seen at work").anyMatch(text -> text.contains("--image-opts"));
        assertThat(seen).noneMatch(CanaryIT::sings);
        assertThat(failures).hasSize(6).noneMatch(e -> sings(trace(e)));
        try (Stream<Path> files = Files.walk(directory)) {
            assertThat(files.filter(Files::isRegularFile)).noneMatch(CanaryIT::holdsCanary);
        }
        assertThat(log).content(StandardCharsets.ISO_8859_1).contains("keyid=master", "LC_ALL=C");
    }

    @Test
    void no_key_is_seen_whatever_is_done_with_it_not_in_the_finest_log_either() throws Exception {
        Path bin = Files.createDirectory(directory.resolve("bin"));
        Path watched = directory.resolve("watched");
        for (String program : List.of("qemu-img", "cryptsetup", "qemu-storage-daemon")) {
            String real = Disks.run("sh", "-c", "command -v " + program);
            Scripts.write(
                    bin.resolve(program),
                    "cat /proc/$$/cmdline /proc/$$/environ >> " + watched,
                    "exec " + real + " \"$@\"");
        }
        Path log = directory.resolve("log");
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=trace",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        CanaryProgram.class.getName(),
                        Files.createDirectory(directory.resolve("work")).toString())
                .redirectError(log.toFile());
        builder.environment().put("PATH", bin + ":" + System.getenv("PATH"));
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(Files.readString(log)).isZero();
        assertThat(said.split(CanaryProgram.FAILED, -1)).hasSize(11);
        assertThat(sings(said)).isFalse();
        assertThat(log).content(StandardCharsets.UTF_8).contains(CanaryProgram.LISTENED_TO);
        assertThat(watched)
                .content(StandardCharsets.ISO_8859_1)
                .contains(
                        "luksAddKey",
                        "luksFormat",
                        "amend",
                        "convert",
                        "commit",
                        "rebase",
                        "qemu-storage-daemon",
                        "LC_ALL=C");
        try (Stream<Path> files = Files.walk(directory)) {
            assertThat(files.filter(Files::isRegularFile)).noneMatch(CanaryIT::holdsCanary);
        }
    }

    /** Writes down what everybody may read of the programs that run now. */
    private static void look(Set<String> seen) {
        ProcessHandle.current().descendants().forEach(process -> {
            for (String name : List.of("cmdline", "environ")) {
                try {
                    Path file = Path.of("/proc", Long.toString(process.pid()), name);
                    seen.add(Files.readString(file, StandardCharsets.ISO_8859_1));
                } catch (IOException e) {
                    seen.add("it ended just now");
                }
            }
        });
    }

    private static boolean holdsCanary(Path file) {
        try {
            return sings(Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean sings(String text) {
        return CANARIES.stream().anyMatch(canary -> {
            byte[] bytes = canary.repeat(2).getBytes(StandardCharsets.UTF_8);
            String base64 = Base64.getEncoder().encodeToString(bytes).substring(0, 20);
            String hex = HexFormat.of().formatHex(bytes).substring(0, 20);
            return text.contains(canary) || text.contains(base64) || text.contains(hex);
        });
    }

    private static String trace(Throwable throwable) {
        StringWriter text = new StringWriter();
        throwable.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    /** Something that is to fail. */
    private interface Attempt {
        void make() throws InterruptedException;
    }
}
