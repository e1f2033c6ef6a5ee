package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Secret;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a process that is killed while it uses a key leaves of it, for each way that a key travels. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class KilledKeyIT {

    @TempDir
    private Path directory;

    private String canary;
    private Path folder;

    @BeforeEach
    void make() throws Exception {
        // New each time, and never in this process's own arguments or environment.
        canary = "canary-dies-" + UUID.randomUUID().toString().replace('-', 'x');
        folder = Files.createDirectory(directory.resolve("folder"));
        Files.createDirectory(directory.resolve("tmp"));
    }

    @ParameterizedTest
    @EnumSource(names = {"STDIN", "WRAPPED"})
    void a_key_on_its_way_by_standard_input_leaves_nothing(KeyTransport transport) throws Exception {
        Path marker = folder.resolve("marker");
        for (String name : List.of("first", "second")) {
            Path device = folder.resolve(name);
            Disks.run("truncate", "-s", "3M", device.toString());
            try (Secret key = Disks.key(canary)) {
                CryptSetup.probe(new CheapDerivation()).format(device, LuksType.LUKS1, key);
            }
        }
        String wait =
                "cat > /dev/null; echo $$ > " + marker + ".new; mv " + marker + ".new " + marker + "; exec sleep 600";
        Scripts.write(folder.resolve("cryptsetup"), wait);
        Scripts.write(folder.resolve("qemu-img"), "case $1 in compare) " + wait + ";; esac", "exec qemu-img \"$@\"");

        Process process = start(transport);
        Await.until("the program has its key", () -> Files.exists(marker));
        assertThat(traces()).as("while it runs").isEmpty();
        process.destroyForcibly().waitFor();

        try {
            assertThat(Await.lives(Files.readString(marker).strip()))
                    .as("the program that had the key")
                    .isTrue();
            assertThat(traces()).isEmpty();
        } finally {
            Disks.run("kill", "-9", Files.readString(marker).strip());
        }
    }

    @Test
    void a_memfd_is_gone_with_its_process() throws Exception {
        Process process = start(KeyTransport.MEMFD);
        Path path = path(process);
        assertThat(path).hasContent(canary);
        assertThat(traces()).as("while it runs").isEmpty();

        process.destroyForcibly().waitFor();

        assertThat(path).doesNotExist();
        assertThat(traces()).isEmpty();
    }

    @Test
    void a_file_in_memory_stays_until_it_is_swept() throws Exception {
        Disks.run("mount", "-t", "tmpfs", "tmpfs", folder.toString());
        try {
            Process process = start(KeyTransport.TMPFS_FILE);
            Path path = path(process);
            assertThat(KeyFile.sweep(folder)).as("its process lives").isEmpty();
            assertThat(path).hasContent(canary);
            assertThat(mode(path)).isEqualTo("rw-------");
            assertThat(mode(parent(path))).isEqualTo("rwx------");
            Path link = Files.createLink(folder.resolve("link"), path);

            process.destroyForcibly().waitFor();

            assertThat(path).hasContent(canary);
            assertThat(KeyFile.sweep(folder)).containsExactly(parent(path));
            assertThat(KeyFile.sweep(folder)).isEmpty();
            assertThat(Files.readAllBytes(link)).containsOnly(0);
            assertThat(Disks.names(folder)).containsExactly("link");
            assertThat(traces()).isEmpty();
        } finally {
            Disks.run("umount", folder.toString());
        }
    }

    @Test
    void a_file_on_a_disk_stays_until_it_is_swept() throws Exception {
        folder = Files.createDirectories(Path.of("target", "killed-key").toAbsolutePath());
        try {
            Process process = start(KeyTransport.DISK_FILE);
            Path path = path(process);
            process.destroyForcibly().waitFor();

            assertThat(path).hasContent(canary);
            assertThat(KeyFile.sweep(folder)).containsExactly(parent(path));
            assertThat(Disks.names(folder)).isEmpty();
        } finally {
            Files.delete(folder);
        }
    }

    @Test
    void nothing_but_the_key_of_a_dead_process_of_this_user_is_swept() throws Exception {
        Disks.run("mount", "-t", "tmpfs", "tmpfs", folder.toString());
        try {
            Process process = start(KeyTransport.TMPFS_FILE);
            Path own = parent(path(process));
            process.destroyForcibly().waitFor();
            String name = folder.relativize(own).toString();
            Path victim = Files.writeString(directory.resolve("victim"), "precious");

            Path another = folder.resolve(sibling(name));
            Files.createDirectory(another);
            Files.writeString(another.resolve("key"), "theirs");
            Disks.run("chown", "-R", "65534", another.toString());
            Path linked = Files.createSymbolicLink(folder.resolve(sibling(name)), directory);
            Path linking = Files.createDirectory(folder.resolve(sibling(name)));
            Files.createSymbolicLink(linking.resolve("key"), victim);
            Path fuller = Files.createDirectory(folder.resolve(sibling(name)));
            Files.writeString(fuller.resolve("notes"), "foreign");
            Path plain = Files.writeString(folder.resolve(sibling(name)), "a file");
            Path foreign = Files.createDirectory(folder.resolve(".hvkit-key-of-somebody"));
            Path otherMachine = Files.createDirectory(
                    folder.resolve(sibling(name).replaceFirst("key-[0-9a-f]+-[0-9a-f]+", "key-abcd-abcd")));

            assertThat(KeyFile.sweep(folder)).containsExactly(own);

            assertThat(another.resolve("key")).hasContent("theirs");
            assertThat(linked).isSymbolicLink();
            assertThat(victim).hasContent("precious");
            assertThat(fuller.resolve("notes")).hasContent("foreign");
            assertThat(plain).hasContent("a file");
            assertThat(foreign).isDirectory();
            assertThat(otherMachine).isDirectory();
            assertThat(linking).isDirectory();
        } finally {
            Disks.run("umount", folder.toString());
        }
    }

    @Test
    void no_umask_opens_or_closes_a_key_file() throws Exception {
        Disks.run("mount", "-t", "tmpfs", "tmpfs", folder.toString());
        try {
            for (String umask : List.of("0000", "0777")) {
                List<String> argv = new ArrayList<>(List.of("sh", "-c", "umask " + umask + "; exec \"$@\"", "sh"));
                argv.addAll(argv(KeyTransport.TMPFS_FILE));
                Process process = start(argv);
                Path path = path(process);

                assertThat(mode(path)).isEqualTo("rw-------");
                assertThat(mode(parent(path))).isEqualTo("rwx------");
                process.destroyForcibly().waitFor();
                assertThat(KeyFile.sweep(folder)).hasSize(1);
            }
        } finally {
            Disks.run("umount", folder.toString());
        }
    }

    /** Another name by the same process. */
    private static String sibling(String name) {
        return name.substring(0, name.length() - 36) + UUID.randomUUID();
    }

    private static Path parent(Path path) {
        return Objects.requireNonNull(path.getParent());
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private Process start(KeyTransport transport) throws IOException {
        return start(argv(transport));
    }

    private Process start(List<String> argv) throws IOException {
        Process process = new ProcessBuilder(argv)
                .redirectError(directory.resolve("errors").toFile())
                .start();
        process.getOutputStream().write(canary.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        return process;
    }

    private List<String> argv(KeyTransport transport) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + directory.resolve("tmp"),
                "-XX:-UsePerfData",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                KeyProgram.class.getName(),
                transport.name(),
                folder.toString());
    }

    /** Returns what the program says: where its key is. */
    private Path path(Process process) throws IOException {
        BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
        String line = reader.readLine();
        assertThat(line).as(Files.readString(directory.resolve("errors"))).isNotNull();
        return Path.of(line);
    }

    /** Returns where the key can be read: in arguments and environments of all processes, and in files. */
    private List<String> traces() throws IOException {
        List<String> traces = new ArrayList<>();
        int seen = 0;
        for (String pid : Disks.names(Path.of("/proc"))) {
            if (pid.matches("[0-9]+")) {
                seen++;
                for (String name : List.of("cmdline", "environ")) {
                    look(Path.of("/proc", pid, name), traces);
                }
            }
        }
        assertThat(seen).as("processes looked into").isGreaterThan(1);
        for (Path root : List.of(Path.of("/dev/shm"), directory, Path.of("/run/cryptsetup"))) {
            if (Files.isDirectory(root)) {
                try (Stream<Path> files = Files.walk(root)) {
                    files.filter(f -> Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS))
                            .forEach(file -> look(file, traces));
                } catch (UncheckedIOException e) {
                    traces.add("a folder could not be read: " + e);
                }
            }
        }
        return traces;
    }

    private void look(Path file, List<String> traces) {
        byte[] key = canary.getBytes(StandardCharsets.UTF_8);
        try {
            String text = Files.readString(file, StandardCharsets.ISO_8859_1);
            if (text.contains(canary)
                    || text.contains(HexFormat.of().formatHex(key))
                    || text.contains(Base64.getEncoder().encodeToString(key).substring(0, 24))) {
                traces.add(file.toString());
            }
        } catch (IOException e) {
            assertThat(Files.isRegularFile(file) && !file.startsWith("/proc") && !file.startsWith("/dev/shm"))
                    .as("%s cannot be read: %s", file, e)
                    .isFalse(); // what is gone, or another test's
        }
    }
}
