package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What the files of every host keep, wherever the host is. All that is set up is set up by programs of that host. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
abstract class HostFilesContract {

    /** So many that one of them falls between two questions about one look. */
    private static final int GOINGS = 100;

    /** Returns what runs programs on the host. */
    abstract CommandRunner runner();

    /** Returns an empty folder of the host. */
    abstract Path directory();

    private HostFiles files() {
        return runner().files();
    }

    @Test
    void what_is_there_is_told() throws Exception {
        shell("printf 12345 > file; mkdir folder; mkfifo pipe; ln -s file link; ln -s nowhere broken; : > empty");

        assertThat(status("file").kind()).isEqualTo(FileStatus.Kind.REGULAR_FILE);
        assertThat(status("file").size()).isEqualTo(ByteSize.bytes(5));
        assertThat(status("empty").size()).isEqualTo(ByteSize.ZERO);
        assertThat(status("link")).isEqualTo(status("file"));
        assertThat(status("folder").kind()).isEqualTo(FileStatus.Kind.FOLDER);
        assertThat(status("pipe").kind()).isEqualTo(FileStatus.Kind.OTHER);
        assertThat(status("broken").kind()).isEqualTo(FileStatus.Kind.BROKEN_LINK);
        assertThat(status("broken").isFree()).isFalse();
        assertThat(status("nothing").isFree()).isTrue();
        assertThat(status("no/folder/at/all").isFree()).isTrue();
        assertThat(files().status(Path.of("/dev/null")).kind()).isEqualTo(FileStatus.Kind.OTHER);
    }

    @Test
    void the_node_of_a_device_that_is_gone_is_a_name_that_leads_nowhere() throws Exception {
        shell("mknod gone b 4000 17; ln -s gone link");

        assertThat(status("gone").kind()).isEqualTo(FileStatus.Kind.BROKEN_LINK);
        assertThat(status("link").kind()).isEqualTo(FileStatus.Kind.BROKEN_LINK);
        assertThat(status("gone").isFree()).isFalse();
        assertThat(status("gone").holdsBytes()).isFalse();
        assertFails(Failure.NOT_FOUND, () -> files().read(at("gone"), 0, 1), "nothing at");
    }

    @Test
    void a_device_that_goes_while_it_is_looked_at_is_there_or_gone() throws Exception {
        String device = shell("truncate -s 1M bytes; losetup --find --show bytes");
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            for (int i = 0; i < GOINGS; i++) {
                shell("ln -s " + device + " name");
                FileStatus seen = status("name");
                assertThat(seen.kind()).isEqualTo(FileStatus.Kind.BLOCK_DEVICE);
                assertThat(seen.size()).isEqualTo(ByteSize.mebibytes(1));

                Future<String> going = other.submit(() -> shell("rm name"));
                while (!seen.isFree()) {
                    seen = status("name");
                    assertThat(seen.kind()).isIn(FileStatus.Kind.BLOCK_DEVICE, FileStatus.Kind.NOTHING);
                }
                going.get();
            }
        } finally {
            other.shutdown();
            shell("losetup --detach " + device);
        }
    }

    @Test
    void two_names_of_one_file_are_the_same_and_two_files_are_not() throws Exception {
        shell("echo a > one; cp one other; ln one two; ln -s one three; mkdir folder");

        assertThat(status("one").isSameAs(status("two"))).isTrue();
        assertThat(status("one").isSameAs(status("three"))).isTrue();
        assertThat(status("one").isSameAs(status("other"))).isFalse();
        assertThat(status("nothing").isSameAs(status("nothing"))).isFalse();
        assertThat(status("folder").isSameAs(status("folder"))).isFalse();
    }

    @Test
    void bytes_are_read_where_they_are() throws Exception {
        shell("printf '\\000\\377\\n\\r%%x' > file; truncate -s 40000000 large; printf end >> large");

        assertThat(files().read(at("file"), 0, 100)).containsExactly(0, 0xff, '\n', '\r', '%', 'x');
        assertThat(files().read(at("file"), 1, 2)).containsExactly(0xff, '\n');
        assertThat(files().read(at("file"), 4, 100)).containsExactly('%', 'x');
        assertThat(files().read(at("file"), 6, 100)).isEmpty();
        assertThat(files().read(at("file"), 600, 100)).isEmpty();
        assertThat(files().read(at("file"), 0, 0)).isEmpty();
        assertThat(files().read(at("large"), 40_000_000, 10))
                .asString(StandardCharsets.US_ASCII)
                .isEqualTo("end");
        assertThat(files().read(at("large"), 39_999_999, 3)).containsExactly(0, 'e', 'n');
        assertThat(files().read(at("large"), 0, 4 << 20)).hasSize(4 << 20).containsOnly(0);
    }

    @Test
    void what_holds_no_bytes_is_not_read() throws Exception {
        shell("mkdir folder; mkfifo pipe; ln -s nowhere broken");

        assertFails(Failure.NOT_FOUND, () -> files().read(at("nothing"), 0, 1), "nothing at");
        assertFails(Failure.NOT_FOUND, () -> files().read(at("broken"), 0, 1), "nothing at");
        assertFails(Failure.INVALID_REQUEST, () -> files().read(at("pipe"), 0, 1), "neither a regular file");
        assertFails(Failure.INVALID_REQUEST, () -> files().read(at("folder"), 0, 1), "neither a regular file");
    }

    @Test
    void a_new_file_is_its_owners_alone_and_replaces_nothing() throws Exception {
        files().create(at("new"));

        assertThat(shell("stat -c '%a %s' new")).isEqualTo("600 0");
        shell("echo kept > new; ln -s nowhere broken; mkdir folder");
        assertFails(Failure.EXISTS_DIFFERENTLY, () -> files().create(at("new")), "new");
        assertFails(Failure.EXISTS_DIFFERENTLY, () -> files().create(at("broken")), "broken");
        assertFails(Failure.EXISTS_DIFFERENTLY, () -> files().create(at("folder")), "folder");
        assertFails(Failure.NOT_FOUND, () -> files().create(at("missing/new")), "missing");
        assertThat(shell("cat new; ls")).isEqualTo("kept\nbroken\nfolder\nnew");
    }

    @Test
    void a_published_file_has_its_name_and_no_other() throws Exception {
        shell("echo whole > partial");

        files().publish(at("partial"), at("target"));

        assertThat(shell("cat target; ls")).isEqualTo("whole\ntarget");
    }

    @Test
    void publishing_replaces_nothing() throws Exception {
        shell("echo new > partial; echo old > target; ln -s nowhere broken; mkdir folder");

        for (String name : new String[] {"target", "broken", "folder"}) {
            assertFails(Failure.EXISTS_DIFFERENTLY, () -> files().publish(at("partial"), at(name)), name);
        }

        assertThat(shell("cat partial target; ls; ls folder")).isEqualTo("new\nold\nbroken\nfolder\npartial\ntarget");
    }

    @Test
    void publishing_that_stopped_half_way_is_finished_by_the_next_try() throws Exception {
        shell("echo whole > partial; ln partial target");

        files().publish(at("partial"), at("target"));

        assertThat(shell("cat target; ls")).isEqualTo("whole\ntarget");
        assertFails(Failure.NOT_FOUND, () -> files().publish(at("partial"), at("elsewhere")), "partial");
    }

    @Test
    void a_file_is_removed_and_what_is_gone_is_gone() throws Exception {
        shell("echo a > file; ln -s file link; mkdir folder");

        files().remove(at("link"));
        files().remove(at("link"));
        assertThat(shell("ls")).isEqualTo("file\nfolder");
        files().remove(at("file"));
        files().remove(at("missing/file"));
        assertFails(Failure.INVALID_REQUEST, () -> files().remove(at("folder")), "folder");
        assertThat(shell("ls")).isEqualTo("folder");
    }

    @Test
    void a_folder_is_listed() throws Exception {
        shell("mkdir folder; cd folder; touch -- a .b 'c d' -e; ln -s nowhere broken; mkdir f");

        assertThat(files().list(at("folder"))).containsExactlyInAnyOrder("a", ".b", "c d", "-e", "broken", "f");
        assertThat(files().list(at("folder/f"))).isEmpty();
        assertFails(Failure.NOT_FOUND, () -> files().list(at("missing")), "missing");
    }

    @Test
    void every_name_is_taken_as_it_is() throws Exception {
        for (String name : names()) {
            files().create(at(name));
            assertThat(status(name).kind()).as(name).isEqualTo(FileStatus.Kind.REGULAR_FILE);
            assertThat(files().read(at(name), 0, 1)).isEmpty();
            files().publish(at(name), at(name + name));
        }
        List<String> doubled = names().stream().map(name -> name + name).toList();
        assertThat(files().list(directory())).containsExactlyInAnyOrderElementsOf(doubled);
        for (String name : doubled) {
            files().remove(at(name));
        }
        assertThat(files().list(directory())).isEmpty();
    }

    /** Returns names that mean something to somebody else; fewer where each look takes long. */
    List<String> names() {
        return WeirdNames.KNOWN;
    }

    final Path at(String name) {
        return directory().resolve(name);
    }

    /** Runs a script in the folder and returns what it says. */
    final String shell(String script) throws InterruptedException {
        CommandResult result = runner().run(Command.of(
                "sh", "-euc", "cd \"$1\"; " + script, "sh", directory().toString()));
        assertThat(result.exitCode()).as(script + ": " + result.errors()).isZero();
        return result.output().strip();
    }

    private FileStatus status(String name) throws InterruptedException {
        return files().status(at(name));
    }

    private static void assertFails(Failure failure, ThrowingCallable call, String words) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(call)
                .withMessageContaining(words)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(failure))
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED));
    }
}
