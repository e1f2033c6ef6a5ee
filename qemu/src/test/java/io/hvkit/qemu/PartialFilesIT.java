package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.qemu.internal.ProcessIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PartialFilesIT {

    private static final ProcessIdentity OWN = ProcessIdentity.ofThisOne();

    @TempDir
    private Path directory;

    @Test
    void what_a_killed_process_left_is_removed_and_nothing_before_it_is_dead() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        PartialProgram.class.getName(),
                        directory.resolve("disk").toString())
                .inheritIO()
                .start();
        try {
            Await.until("the file is being made", () -> partials(directory) == 1);
            assertThat(sweep()).isEmpty();
            assertThat(partials(directory)).isOne();
        } finally {
            process.destroyForcibly();
            process.waitFor();
        }

        assertThat(partials(directory)).as("a killed process leaves its file").isOne();
        assertThat(sweep()).hasSize(1);
        assertThat(Disks.names(directory)).isEmpty();
        assertThat(sweep()).isEmpty();
    }

    @Test
    void a_file_of_the_callers_own_is_left_alone_while_this_process_runs() throws Exception {
        Path own = PartialFiles.next(directory);
        Files.createFile(own);

        assertThat(sweep()).isEmpty();

        assertThat(own).exists();
        assertThat(PartialFiles.next(directory)).as("another one each time").isNotEqualTo(own);
    }

    @Test
    void the_files_of_a_call_that_runs_are_left_alone() throws Exception {
        StagedFile.make(HostFiles.local(), directory.resolve("disk"), file -> {
            assertThat(sweep()).isEmpty();
            assertThat(file).exists();
        });

        assertThat(Disks.names(directory)).containsExactly("disk");
    }

    /** As on hosts whose /proc shows each user his own processes, mounted with hidepid. */
    @Test
    void the_files_of_a_process_that_is_hidden_are_left_alone() throws Exception {
        StagedFile.make(HostFiles.local(), directory.resolve("disk"), file -> {
            String swept = Disks.run(
                    "unshare",
                    "--mount",
                    "sh",
                    "-c",
                    "mount -t proc -o hidepid=2,gid=12345 proc /proc"
                            + " && exec setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace \"$@\"",
                    "sh",
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    SweepProgram.class.getName(),
                    directory.toString());

            assertThat(swept).endsWith("swept []");
            assertThat(file).exists();
        });
    }

    @Test
    void only_files_whose_maker_is_surely_dead_are_removed() throws Exception {
        long pid = OWN.pid();
        Path reused = partial(OWN.machine(), OWN.boot(), OWN.space(), pid, OWN.start() + "1");
        Path dead = partial(OWN.machine(), OWN.boot(), OWN.space(), Integer.MAX_VALUE, "77");
        Path beforeTheBoot = partial(OWN.machine(), "abcdef0123456789", "4026531836", pid, OWN.start());
        partial(OWN.machine(), OWN.boot(), OWN.space(), pid, OWN.start());
        partial(
                "abcdef0123456789",
                "abcdef0123456789",
                OWN.space(),
                pid,
                "77"); // another machine, which shares the folder
        partial(OWN.machine(), OWN.boot(), "1", pid, "77"); // another container
        partial(OWN.machine(), "abcdef0123456789", "4026532999", pid, "77"); // one that has our image and our name
        partial("0", "abcdef0123456789", "0", pid, "0"); // one that could not tell
        partial(OWN.machine(), "0", OWN.space(), pid, "77");
        partial(OWN.machine(), OWN.boot(), OWN.space(), Integer.MAX_VALUE, "0");
        Files.createFile(directory.resolve(".hvkit-" + UUID.randomUUID() + ".partial"));
        Files.createFile(directory.resolve(".hvkit-notes.partial"));
        Files.createFile(directory.resolve("disk"));

        assertThat(sweep()).containsExactlyInAnyOrder(reused, dead, beforeTheBoot);

        assertThat(Disks.names(directory)).hasSize(10);
    }

    @Test
    void a_folder_that_is_missing_is_told() {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> PartialFiles.sweep(HostFiles.local(), directory.resolve("missing")))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.NOT_FOUND));
    }

    private List<Path> sweep() throws InterruptedException {
        return PartialFiles.sweep(HostFiles.local(), directory);
    }

    private Path partial(String machine, String boot, String space, long pid, String start) throws Exception {
        ProcessIdentity maker = new ProcessIdentity(machine, boot, space, pid, start);
        PartialName name = new PartialName(maker, UUID.randomUUID());
        assertThat(PartialName.parse(name.toString())).contains(name);
        return Files.createFile(directory.resolve(name.toString()));
    }

    private static long partials(Path directory) {
        try {
            return Disks.names(directory).stream()
                    .filter(name -> name.endsWith(".partial"))
                    .count();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
