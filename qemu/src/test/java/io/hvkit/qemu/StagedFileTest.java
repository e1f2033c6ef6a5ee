package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StagedFileTest {

    @TempDir
    private Path directory;

    @Test
    void a_complete_file_appears_whole() throws Exception {
        Path target = directory.resolve("a");

        StagedFile.make(HostFiles.local(), target, file -> {
            write(file, "whole");
            assertThat(target).doesNotExist();
        });

        assertThat(target).hasContent("whole");
        assertThat(Disks.names(directory)).containsExactly("a");
    }

    @Test
    void what_came_first_is_never_replaced() throws Exception {
        Path target = directory.resolve("a");

        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> StagedFile.make(HostFiles.local(), target, file -> {
                    write(file, "late");
                    write(target, "first");
                }));

        assertThat(e.failure()).isEqualTo(Failure.EXISTS_DIFFERENTLY);
        assertThat(target).hasContent("first");
        assertThat(Disks.names(directory)).containsExactly("a");
    }

    @Test
    void a_failure_that_was_undone_says_so() throws Exception {
        DriverException cause =
                DriverException.because(Failure.DEFECT).vendorCode("exit 9").message("100% lost");

        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> StagedFile.make(HostFiles.local(), directory.resolve("a"), file -> {
                    throw cause;
                }));

        assertThat(e.failure()).isEqualTo(Failure.DEFECT);
        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        assertThat(e).hasMessage("100% lost").hasCause(cause);
        assertThat(e.vendorCode()).contains("exit 9");
        assertThat(Disks.names(directory)).isEmpty();
    }

    @Test
    void an_interrupted_caller_still_gets_what_is_complete() throws Exception {
        Path target = directory.resolve("a");

        StagedFile.make(HostFiles.local(), target, file -> {
            write(file, "whole");
            Thread.currentThread().interrupt();
        });

        assertThat(Thread.interrupted()).isTrue();
        assertThat(target).hasContent("whole");
    }

    @Test
    void publishing_that_is_interrupted_is_begun_again() throws Exception {
        Path target = directory.resolve("a");

        StagedFile.make(
                new Unsteady(new InterruptedException(), new InterruptedException()),
                target,
                file -> write(file, "whole"));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(target).hasContent("whole");
        assertThat(Disks.names(directory)).containsExactly("a");
    }

    @Test
    void a_caller_who_is_interrupted_as_the_file_is_made_leaves_none() throws Exception {
        Unsteady files = new Unsteady();
        files.interruptNext();

        assertThatExceptionOfType(InterruptedException.class)
                .isThrownBy(() -> StagedFile.make(files, directory.resolve("a"), file -> write(file, "never")));

        assertThat(Disks.names(directory)).isEmpty();
    }

    @Test
    void a_file_that_is_there_was_published_whatever_a_broken_connection_says() throws Exception {
        Path target = directory.resolve("a");
        DriverException broken = DriverException.because(Failure.UNREACHABLE).message("the connection broke");

        StagedFile.make(new Unsteady(broken), target, file -> write(file, "whole"));

        assertThat(target).hasContent("whole");
        assertThat(Disks.names(directory)).containsExactly("a");
    }

    @Test
    void where_nobody_can_look_the_effect_stays_unknown() throws Exception {
        DriverException broken = DriverException.because(Failure.UNREACHABLE).message("the connection broke");
        Unsteady files = new Unsteady(broken);

        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> StagedFile.make(files, directory.resolve("a"), file -> {
                    files.breakDown();
                    throw DriverException.because(Failure.UNREACHABLE).message("the copy broke");
                }));

        assertThat(e).hasMessage("the copy broke");
        assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
        assertThat(e.getSuppressed()).contains(broken);
    }

    /** The files of this host behind a connection that breaks each time that something was published. */
    private static final class Unsteady implements HostFiles {

        private final HostFiles files = HostFiles.local();
        private final Deque<Exception> breaks;
        private boolean down;
        private boolean interrupted;

        private Unsteady(Exception... breaks) {
            this.breaks = new ArrayDeque<>(List.of(breaks));
        }

        private void interruptNext() {
            interrupted = true;
        }

        private void breakDown() {
            down = true;
        }

        @Override
        public FileStatus status(Path path) throws InterruptedException {
            hold();
            return files.status(path);
        }

        @Override
        public byte[] read(Path path, long offset, int count) throws InterruptedException {
            return files.read(path, offset, count);
        }

        @Override
        public void create(Path path) throws InterruptedException {
            files.create(path);
            if (interrupted) {
                throw new InterruptedException();
            }
        }

        @Override
        public void publish(Path from, Path to) throws InterruptedException {
            if (breaks.peek() instanceof DriverException || breaks.size() <= 1) {
                files.publish(from, to);
            }
            breakOnce();
        }

        @Override
        public void remove(Path path) throws InterruptedException {
            hold();
            files.remove(path);
        }

        @Override
        public List<String> list(Path folder) throws InterruptedException {
            return files.list(folder);
        }

        private void hold() throws InterruptedException {
            if (down) {
                breakOnce();
            }
        }

        private void breakOnce() throws InterruptedException {
            Exception next = breaks.peek();
            if (next instanceof DriverException e) {
                throw e;
            }
            if (breaks.poll() instanceof InterruptedException e) {
                throw e;
            }
        }
    }

    private static void write(Path path, String text) {
        try {
            Files.writeString(path, text);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
