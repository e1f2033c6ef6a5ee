package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.testkit.ssh.LoopbackSshd;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SshFilesIT extends HostFilesContract {

    @TempDir
    private static Path work;

    private static LoopbackSshd sshd;
    private static SshRunner runner;
    private static final AtomicInteger FOLDERS = new AtomicInteger();

    private Path directory;

    @BeforeAll
    static void connect() throws Exception {
        sshd = LoopbackSshd.start(work);
        runner = CommandRunner.ssh(Destinations.of(sshd));
    }

    @AfterAll
    static void disconnect() throws Exception {
        runner.close();
        sshd.close();
    }

    @BeforeEach
    void makeFolder() throws Exception {
        directory = sshd.folder().resolve(Integer.toString(FOLDERS.incrementAndGet()));
        runner.run(Command.of("mkdir", directory.toString()));
    }

    @Override
    CommandRunner runner() {
        return runner;
    }

    @Override
    Path directory() {
        return directory;
    }

    @Override
    List<String> names() {
        return List.of(" blank ", "-dash", "new\nline", "quote'double\"", "back\\slash", "$HOME`id`$(id)", "*?[a]");
    }

    @Test
    void nothing_of_it_exists_on_this_host() throws Exception {
        runner.files().create(at("there"));

        assertThat(at("there")).doesNotExist();
        assertThat(runner.files().status(at("there")).isFree()).isFalse();
        assertThat(runner.files().status(at("there")).size()).isEqualTo(ByteSize.ZERO);
    }
}
