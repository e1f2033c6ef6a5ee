package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.Arrays;

/** Whatever another host answers when its files are looked at, it is read into something that makes sense, or refused. */
class SshFilesFuzzTest {

    private static final Path FOLDER = Path.of("/pool");
    private static final Path FILE = FOLDER.resolve("image");
    private static final int COUNT = 4096;

    @FuzzTest
    void a_status_is_read_or_refused(byte[] data) throws Exception {
        check(() -> {
            FileStatus status = answering(0, data).status(FILE);
            assertThat(status.size()).isGreaterThanOrEqualTo(ByteSize.ZERO);
            assertThat(status.toString()).isNotEmpty();
        });
    }

    @FuzzTest
    void bytes_are_as_many_as_were_asked_for_at_the_most(byte[] data) throws Exception {
        check(() -> assertThat(answering(0, data).read(FILE, 0, COUNT)).hasSizeLessThanOrEqualTo(COUNT));
    }

    @FuzzTest
    void names_lead_nowhere_but_into_their_folder(byte[] data) throws Exception {
        check(() -> assertThat(answering(0, data).list(FOLDER)).allSatisfy(name -> {
            assertThat(FOLDER.resolve(name).normalize().getParent()).isEqualTo(FOLDER);
            assertThat(name).doesNotContain("/");
        }));
    }

    /** The first byte is the exit code, the rest what is said on the way. */
    @FuzzTest
    void no_answer_is_taken_for_a_defect(byte[] data) throws Exception {
        HostFiles files = answering(
                data.length == 0 ? 1 : data[0], Arrays.copyOfRange(data, Math.min(1, data.length), data.length));
        check(() -> files.create(FILE));
        check(() -> files.publish(FILE, FOLDER.resolve("other")));
        check(() -> files.remove(FILE));
        check(() -> files.list(FOLDER));
        check(() -> files.read(FILE, 0, COUNT));
        check(() -> files.status(FILE));
    }

    private static void check(Look look) throws InterruptedException {
        try {
            look.at();
        } catch (DriverException e) {
            assertThat(e.failure()).isNotEqualTo(Failure.DEFECT);
        }
    }

    /** The files of a host whose every script ends so, with the same output, or with it as errors if it fails. */
    private static HostFiles answering(int exitCode, byte[] said) {
        return new SshFiles(command -> {
            ProgramOutput output = new ProgramOutput(new ByteArrayInputStream(said), command.listener());
            output.finish();
            String text = output.text();
            return CommandResult.of(exitCode & 0xff, exitCode == 0 ? text : "", exitCode == 0 ? "" : text);
        });
    }

    private interface Look {
        void at() throws InterruptedException;
    }
}
