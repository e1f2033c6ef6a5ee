package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** Whatever a program says of itself, it is a qemu-img of which something is known, or none. */
class QemuImgProbeFuzzTest {

    private static final Path PROGRAM = Path.of("/opt/qemu-img");

    @FuzzTest
    void help_is_read_or_refused(byte[] data) throws Exception {
        String help = new String(data, StandardCharsets.UTF_8);
        for (CommandResult trial : List.of(CommandResult.of(0, help, ""), CommandResult.of(1, help, help))) {
            try {
                QemuImg found = QemuImgProbe.of(new Host(help, trial)).qemuImg(PROGRAM);
                assertThat(found.version()).isNotBlank().doesNotContainAnyWhitespaces();
                assertThat(help).contains(found.version());
            } catch (DriverException e) {
                assertThat(e.failure()).isEqualTo(Failure.HOST_NOT_READY);
                assertThat(e).hasMessageContaining(PROGRAM.toString());
            }
        }
    }

    /** A host whose one program says the same help to everybody, and to trials what it is told. */
    private record Host(String help, CommandResult trial) implements CommandRunner, HostFiles {

        @Override
        public CommandResult run(Command command) {
            if (!command.argv().get(0).equals(PROGRAM.toString())) {
                return CommandResult.of(0, "", ""); // what the trials need of the system
            }
            return command.argv().contains("--help") ? CommandResult.of(0, help, "") : trial;
        }

        @Override
        public HostFiles files() {
            return this;
        }

        @Override
        public FileStatus status(Path path) {
            return new FileStatus(FileStatus.Kind.REGULAR_FILE, ByteSize.kibibytes(1), Instant.EPOCH, "one");
        }

        @Override
        public byte[] read(Path path, long offset, int count) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void create(Path path) {
            // A trial may make what it wants here.
        }

        @Override
        public void publish(Path from, Path to) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void remove(Path path) {
            // There is nothing.
        }

        @Override
        public List<String> list(Path folder) {
            throw new UnsupportedOperationException();
        }
    }
}
