package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("every-java")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class KeyFileIT {

    private static final long CLOSE_ON_EXEC = 02000000;

    @TempDir
    private Path directory;

    @Test
    void a_memfd_holds_the_key_until_it_is_closed() throws Exception {
        try (Secret key = Disks.key("canary")) {
            KeyFile file = KeyFile.of(key);

            assertThat(file.transport().transport()).isEqualTo(KeyTransport.MEMFD);
            assertThat(file.transport().reason()).contains("memfd");
            assertThat(Disks.run("cat", file.path().toString())).isEqualTo("canary");
            assertThat(Disks.run("stat", "-L", "-c", "%a", file.path().toString()))
                    .isEqualTo("400");
            assertThat(file.toString()).doesNotContain("canary");
            Path second = directory.resolve("second");
            Process reader = new ProcessBuilder(
                            "tail", "-f", "-c", "+1", file.path().toString())
                    .redirectOutput(second.toFile())
                    .start();
            Await.until("the reader has the file open", () -> size(second) == 6);
            Path held = heldByReader(reader, "memfd:key");
            file.close();
            file.close();

            assertThat(file.path()).doesNotExist();
            assertThat(Files.readAllBytes(held)).containsOnly(0);
            reader.destroyForcibly().waitFor();
        }
    }

    @Test
    void another_user_reads_no_key_by_any_way() throws Exception {
        Path open = Files.createDirectory(directory.resolve("open"));
        Disks.run("mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", open.toString());
        Disks.run("chmod", "755", directory.toString());
        try (Secret key = Disks.key("canary");
                KeyFile memfd = KeyFile.of(key);
                KeyFile tmpfs = KeyFile.in(open, key)) {
            Path readable = Files.writeString(open.resolve("readable"), "for all");
            assertThat(asNobody(readable).output()).isEqualTo("for all");
            for (KeyFile file : List.of(memfd, tmpfs)) {
                CommandResult refused = asNobody(file.path());

                assertThat(refused.succeeded()).isFalse();
                assertThat(refused.output()).isEmpty();
                assertThat(refused.errors()).contains("Permission denied");
                assertThat(Disks.run("cat", file.path().toString())).isEqualTo("canary");
            }
        } finally {
            Disks.run("umount", open.toString());
        }
    }

    /** Java closes descriptors in what it starts; native code in the same process does not, so the kernel must. */
    @Test
    void no_program_that_is_started_meanwhile_inherits_a_memfd() throws Exception {
        try (Secret key = Disks.key("canary");
                KeyFile file = KeyFile.of(key)) {
            assertThat(Files.readSymbolicLink(file.path()).toString()).contains("memfd:key");
            Path information =
                    Path.of("/proc/self/fdinfo", file.path().getFileName().toString());
            assertThat(Files.readAllLines(information))
                    .filteredOn(line -> line.startsWith("flags:"))
                    .singleElement()
                    .satisfies(line -> assertThat(
                                    Long.parseLong(line.substring(6).strip(), 8) & CLOSE_ON_EXEC)
                            .as("closed on exec, of %s", line)
                            .isNotZero());
            Process child = new ProcessBuilder("cat").start();
            try {
                Await.until("the child is cat", () -> isProgram(child, "cat"));
                assertThat(descriptorsOf(child)).isNotEmpty().noneMatch(target -> target.contains("memfd"));
            } finally {
                child.destroyForcibly().waitFor();
            }
            assertThat(Disks.run("sh", "-c", "readlink /proc/self/fd/* || true").lines())
                    .isNotEmpty()
                    .noneMatch(target -> target.contains("memfd"));
        }
    }

    @Test
    void both_tools_take_a_key_file() throws Exception {
        try (Secret key = Secret.random();
                KeyFile memfd = KeyFile.of(key);
                KeyFile tmpfs = KeyFile.in(Path.of("/dev/shm"), key)) {
            Path image = directory.resolve("image");
            Disks.run("truncate", "-s", "4M", image.toString());
            CryptSetup.probe(CommandRunner.local()).format(image, LuksType.LUKS1, key);
            for (KeyFile file : List.of(memfd, tmpfs)) {
                Disks.run(
                        "cryptsetup",
                        "open",
                        "--test-passphrase",
                        "--key-file",
                        file.path().toString(),
                        image.toString());
                QemuImageOptions options =
                        QemuImageOptions.driver("luks").with("key-secret", "k").over(QemuImageOptions.file(image));
                assertThat(Disks.run(
                                "qemu-io",
                                "--object",
                                QemuObject.secretIn("k", file.path()).toOptionText(),
                                "--image-opts",
                                options.toOptionText(),
                                "-c",
                                "read 0 512"))
                        .contains("512/512");
            }
        }
    }

    @Test
    void a_file_in_memory_is_its_owners_alone_and_wiped_before_it_goes() throws Exception {
        Path tmpfs = Files.createDirectory(directory.resolve("tmpfs"));
        Disks.run("mount", "-t", "tmpfs", "tmpfs", tmpfs.toString());
        try (Secret key = Disks.key("canary")) {
            KeyFile file = KeyFile.in(tmpfs, key);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.path())))
                    .isEqualTo("rw-------");
            assertThat(file.path()).hasContent("canary");
            Path link = Files.createLink(tmpfs.resolve("link"), file.path());
            file.close();
            file.close();

            assertThat(file.path()).doesNotExist();
            assertThat(Files.readAllBytes(link)).containsOnly(0).hasSize(6);
            assertThat(Disks.names(tmpfs)).containsExactly("link");
        } finally {
            Disks.run("umount", tmpfs.toString());
        }
    }

    @Test
    void a_directory_on_a_disk_is_refused_by_name_and_type() throws Exception {
        Path onDisk = Files.createDirectory(Path.of("target", "on-disk").toAbsolutePath());
        try (Secret key = Secret.random()) {
            DriverException e = catchThrowableOfType(DriverException.class, () -> KeyFile.in(onDisk, key));

            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
            assertThat(e).hasMessageContaining(onDisk.toString()).hasMessageContaining("type 0x");
            assertThat(Disks.names(onDisk)).isEmpty();
        } finally {
            Files.delete(onDisk);
        }
    }

    @Test
    void a_write_that_fails_leaves_no_file() throws Exception {
        Path full = Files.createDirectory(directory.resolve("full"));
        Disks.run("mount", "-t", "tmpfs", "-o", "size=4096", "tmpfs", full.toString());
        try (Secret key = Secret.random()) {
            Files.write(full.resolve("fill"), new byte[4096]);

            DriverException e = catchThrowableOfType(DriverException.class, () -> KeyFile.in(full, key));

            assertThat(e.failure()).isEqualTo(Failure.EXHAUSTED);
            assertThat(Disks.names(full)).containsExactly("fill");
        } finally {
            Disks.run("umount", full.toString());
        }
    }

    @Test
    void a_file_that_somebody_removed_is_no_failure() throws Exception {
        try (Secret key = Secret.random()) {
            KeyFile file = KeyFile.in(Path.of("/dev/shm"), key);
            Files.delete(file.path());
            file.close();
            file.close();
            assertThat(file.path().getParent()).doesNotExist();

            KeyFile folder = KeyFile.in(Path.of("/dev/shm"), key);
            Files.delete(folder.path());
            Files.delete(folder.path().getParent());
            folder.close();
        }
    }

    @Test
    void what_took_the_place_of_a_file_is_not_written_to() throws Exception {
        Path victim = Files.writeString(directory.resolve("victim"), "precious");
        try (Secret key = Secret.random()) {
            KeyFile file = KeyFile.in(Path.of("/dev/shm"), key);
            Files.delete(file.path());
            Files.createSymbolicLink(file.path(), victim);

            DriverException e = catchThrowableOfType(DriverException.class, file::close);
            assertThat(e.failure()).isEqualTo(Failure.HOST_NOT_READY);
            assertThat(e).hasMessageContaining(file.path().toString());
            assertThat(victim).hasContent("precious");
            Files.delete(file.path());
            file.close();
            assertThat(file.path().getParent()).doesNotExist();
        }
    }

    @Test
    void a_key_on_a_disk_has_to_be_asked_for_in_so_many_words() throws Exception {
        Path onDisk =
                Files.createDirectory(Path.of("target", "on-disk-at-own-risk").toAbsolutePath());
        try (Secret key = Disks.key("canary")) {
            KeyFile file = KeyFile.onDiskAtOwnRisk(onDisk, key);

            assertThat(file.transport().transport()).isEqualTo(KeyTransport.DISK_FILE);
            assertThat(file.path()).hasContent("canary");
            file.close();
            assertThat(Disks.names(onDisk)).isEmpty();
        } finally {
            Files.delete(onDisk);
        }
    }

    @Test
    void a_thousand_at_once_do_not_meet() throws Exception {
        Path tmpfs = Files.createDirectory(directory.resolve("tmpfs"));
        Disks.run("mount", "-t", "tmpfs", "tmpfs", tmpfs.toString());
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try {
            List<Future<Path>> made = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                made.add(threads.submit(() -> {
                    try (Secret key = Secret.random();
                            KeyFile file = KeyFile.in(tmpfs, key)) {
                        assertThat(key.<Boolean, Exception>withArray(
                                        bytes -> Arrays.equals(bytes, Files.readAllBytes(file.path()))))
                                .isTrue();
                        assertThat(KeyFile.sweep(tmpfs)).isEmpty();
                        return file.path();
                    }
                }));
            }
            Set<Path> paths = new HashSet<>();
            for (Future<Path> path : made) {
                paths.add(path.get());
            }
            assertThat(paths).hasSize(1000);
            assertThat(Disks.names(tmpfs)).isEmpty();
        } finally {
            threads.shutdownNow();
            Disks.run("umount", tmpfs.toString());
        }
    }

    @Test
    void an_interrupted_thread_wipes_all_the_same() {
        try (Secret key = Secret.random()) {
            KeyFile file = KeyFile.in(Path.of("/dev/shm"), key);
            Thread.currentThread().interrupt();
            file.close();

            assertThat(Thread.interrupted()).isTrue();
            assertThat(file.path()).doesNotExist();
        }
    }

    @Test
    void descriptors_do_not_leak() throws Exception {
        try (Secret key = Secret.random()) {
            KeyFile.of(key).close();
            long before = descriptors();
            for (int i = 0; i < 200; i++) {
                KeyFile.of(key).close();
            }
            assertThat(descriptors()).isLessThan(before + 50);
            assertThat(ByteSize.bytes(key.length()).bytes()).isPositive();
        }
    }

    private static CommandResult asNobody(Path path) throws InterruptedException {
        return CommandRunner.local()
                .run(Command.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "cat", path.toString()));
    }

    private static boolean isProgram(Process process, String name) {
        return process.info().command().orElse("").endsWith("/" + name);
    }

    private static List<String> descriptorsOf(Process process) throws Exception {
        Path folder = Path.of("/proc", Long.toString(process.pid()), "fd");
        List<String> targets = new ArrayList<>();
        for (String descriptor : Disks.names(folder)) {
            targets.add(Files.readSymbolicLink(folder.resolve(descriptor)).toString());
        }
        return targets;
    }

    private static long descriptors() throws Exception {
        return Disks.names(Path.of("/proc/self/fd")).size();
    }

    private static long size(Path path) {
        return path.toFile().length();
    }

    private static Path heldByReader(Process reader, String name) throws Exception {
        Path folder = Path.of("/proc", Long.toString(reader.pid()), "fd");
        for (String descriptor : Disks.names(folder)) {
            if (Files.readSymbolicLink(folder.resolve(descriptor)).toString().contains(name)) {
                return folder.resolve(descriptor);
            }
        }
        throw new AssertionError("the reader does not hold " + name);
    }
}
