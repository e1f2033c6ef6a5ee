package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LocalFilesIT extends HostFilesContract {

    @TempDir
    private Path directory;

    @Override
    CommandRunner runner() {
        return CommandRunner.local();
    }

    @Override
    Path directory() {
        return directory;
    }

    @Test
    void a_rename_replaces_nothing_either() throws Exception {
        Path from = Files.writeString(directory.resolve("from"), "new");
        Path to = Files.writeString(directory.resolve("to"), "old");
        IOException reason = new IOException("no hard links here");

        DriverException e = catchThrowableOfType(DriverException.class, () -> LocalFiles.rename(from, to, reason));
        assertThat(e.failure()).isEqualTo(Failure.EXISTS_DIFFERENTLY);
        assertThat(to).hasContent("old");

        Files.delete(to);
        LocalFiles.rename(from, to, reason);
        assertThat(to).hasContent("new");
        assertThat(Disks.names(directory)).containsExactly("to");
    }
}
