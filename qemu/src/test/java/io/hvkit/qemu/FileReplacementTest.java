package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file is replaced by a copy of another one, by real programs: whole or not at all. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class FileReplacementTest {

    private static final long LENGTH = 8 << 20;

    @TempDir
    private Path directory;

    private Path source;
    private Path target;

    /** A source that is nearly all holes, and a target that somebody else may read. */
    @BeforeEach
    void make() throws IOException {
        source = directory.resolve("from 'here'");
        target = directory.resolve("to");
        try (RandomAccessFile file = new RandomAccessFile(source.toFile(), "rw")) {
            file.setLength(LENGTH);
            file.seek(LENGTH / 2);
            file.write(new byte[] {1, 2, 3});
        }
        Files.writeString(target, "old");
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-r-----"));
    }

    private static DriverException failure(FileReplacement replacement, Path source, Path target) {
        return catchThrowableOfType(DriverException.class, () -> replacement.replace(source, target));
    }

    private static FileReplacement local() {
        return FileReplacement.by(CommandRunner.local());
    }

    @Test
    void the_copy_has_every_byte_and_no_more_blocks_and_stays_whose_the_file_was() throws Exception {
        Path read = directory.resolve("held");
        Files.createLink(read, target);

        local().replace(source, target);
        local().replace(source, target);

        assertThat(Files.mismatch(source, target)).isEqualTo(-1);
        assertThat((long) Files.getAttribute(target, "unix:size")).isEqualTo(LENGTH);
        assertThat(Files.getPosixFilePermissions(target)).isEqualTo(PosixFilePermissions.fromString("rw-r-----"));
        assertThat(QemuImg.probe(CommandRunner.local())
                        .info(Image.raw(target))
                        .actualSize()
                        .bytes())
                .as("holes stay holes")
                .isLessThan(LENGTH / 4);
        assertThat(read).as("who had the old one has it still").hasContent("old");
        assertThat(Disks.names(directory)).containsExactlyInAnyOrder("from 'here'", "to", "held");
    }

    @Test
    void what_cannot_be_is_refused_and_nothing_changes() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), target);
        Path other = Files.createLink(directory.resolve("other"), source);
        Path none = directory.resolve("none");
        List<String> before = Disks.names(directory);

        assertThat(failure(local(), none, target).failure()).isEqualTo(Failure.NOT_FOUND);
        assertThat(failure(local(), source, none).failure()).isEqualTo(Failure.NOT_FOUND);
        assertThat(failure(local(), source, directory).failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(failure(local(), source, other).failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(failure(local(), source, link)).hasMessageContaining("is a link");

        assertThat(target).hasContent("old");
        assertThat(Disks.names(directory)).containsExactlyInAnyOrderElementsOf(before);
    }

    @Test
    void a_program_that_fails_or_is_ended_leaves_the_old_file_and_nothing_beside_it() throws Exception {
        List<Effect> effects = new ArrayList<>();
        for (String fails : List.of("cp", "chown", "sync", "mv")) {
            Path programs = Files.createDirectory(directory.resolve("programs-" + fails));
            Path program = Files.writeString(programs.resolve(fails), "#!/bin/sh\necho no room >&2\nexit 1\n");
            Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
            CommandRunner runner = new WithPrograms(CommandRunner.local(), programs);

            effects.add(failure(FileReplacement.by(runner), source, target).effect());

            assertThat(target).as(fails).hasContent("old");
            assertThat(Disks.names(directory)).as(fails).noneMatch(name -> name.contains("partial"));
        }
        assertThat(effects).containsOnly(Effect.NOT_APPLIED);
    }

    @Test
    void whoever_is_interrupted_leaves_the_old_file_and_nothing_beside_it() throws Exception {
        Thread.currentThread().interrupt();
        InterruptedException e =
                catchThrowableOfType(InterruptedException.class, () -> local().replace(source, target));

        assertThat(e).isNotNull();
        assertThat(target).hasContent("old");
        assertThat(Disks.names(directory)).containsExactlyInAnyOrder("from 'here'", "to");
    }

    /** Runs commands with programs of tests before all others. */
    private record WithPrograms(CommandRunner real, Path programs) implements CommandRunner {

        @Override
        public CommandResult run(Command command) throws InterruptedException {
            List<String> argv = new ArrayList<>(List.of("env", "PATH=" + programs + ":/usr/bin:/bin"));
            argv.addAll(command.argv());
            return real.run(Command.of(argv).untilDone());
        }

        @Override
        public HostFiles files() {
            return real.files();
        }
    }
}
