package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    void a_rename_replaces_nothing_either() throws Exception {
        Path from = directory.resolve("from");
        Path to = directory.resolve("to");
        write(from, "new");
        write(to, "old");
        IOException reason = new IOException("no hard links here");

        DriverException e = catchThrowableOfType(DriverException.class, () -> LocalFiles.rename(from, to, reason));
        assertThat(e.failure()).isEqualTo(Failure.EXISTS_DIFFERENTLY);
        assertThat(to).hasContent("old");

        Files.delete(to);
        LocalFiles.rename(from, to, reason);
        assertThat(to).hasContent("new");
        assertThat(Disks.names(directory)).containsExactly("to");
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

    private static void write(Path path, String text) {
        try {
            Files.writeString(path, text);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
