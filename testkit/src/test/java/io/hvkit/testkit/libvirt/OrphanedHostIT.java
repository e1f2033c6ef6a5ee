package io.hvkit.testkit.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.testkit.Await;
import io.hvkit.testkit.guest.Guest;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.RecordCheck;
import io.hvkit.testkit.internal.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What is left of a host when the JVM that started it is killed, as root and as a plain user: nothing. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class OrphanedHostIT {

    private static final String NOBODY = "65534";
    private static final List<String> AS_NOBODY =
            List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups");

    private Path folder = Path.of("");
    private Path cache = Path.of("");

    @BeforeEach
    void prepare() throws Exception {
        folder = Files.createTempDirectory("hvkit-orphan-");
        cache = Files.createDirectory(folder.resolve("cache"));
    }

    private void copyGuest() throws Exception {
        Guest guest = Guest.prepared();
        // A plain user cannot look into root's home, so the cache comes to it.
        Path made = Files.createDirectory(
                cache.resolve(guest.kernel().resolveSibling("").getFileName()));
        Files.copy(guest.kernel(), made.resolve(guest.kernel().getFileName()));
        Files.copy(guest.initrd(), made.resolve(guest.initrd().getFileName()));
    }

    @AfterEach
    void remove() throws Exception {
        Trees.delete(folder);
    }

    @Test
    void nothing_is_left_when_the_jvm_is_killed() throws Exception {
        copyGuest();
        Machine before = Machine.now();
        Process jvm = ForkedHost.fork(List.of(), folder, cache);

        List<Long> pids = pidsOnceUp(jvm);
        jvm.destroyForcibly();

        assertGone(pids);
        assertThat(Machine.now()).isEqualTo(before);
    }

    @Test
    void nothing_is_left_when_a_plain_user_s_jvm_is_killed() throws Exception {
        copyGuest();
        List<Path> aliases = aliases();
        giveToNobody();
        Process jvm = ForkedHost.fork(AS_NOBODY, folder, cache);

        List<Long> pids = pidsOnceUp(jvm);
        jvm.destroyForcibly();

        assertGone(pids);
        Await.until("the end of the alias", ForkedHost.LIMIT, () -> aliases().equals(aliases));
    }

    @Test
    void a_plain_user_makes_the_guest_and_keeps_it_over_daemon_deaths_and_ends_when_closed() throws Exception {
        giveToNobody();
        Process jvm = ForkedHost.fork(AS_NOBODY, folder, cache);

        List<Long> pids = pidsOnceUp(jvm);
        assertThat(GuestConsole.at(folder.resolve("serial.log")).acknowledged()).isGreaterThanOrEqualTo(200);
        assertThat(Files.getAttribute(Path.of("/proc/" + pids.get(0)), "unix:uid"))
                .isEqualTo(Integer.valueOf(NOBODY));
        jvm.outputWriter().append('\n').close();

        assertThat(jvm.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(jvm.exitValue()).isZero();
        assertThat(pids).noneMatch(OrphanedHostIT::lives);
        RecordCheck check = RecordCheck.of(folder.resolve("serial.log"), folder.resolve("disk.raw"));
        assertThat(check.holds()).as("%s", check).isTrue();
    }

    private void giveToNobody() throws Exception {
        Process chown = new ProcessBuilder("chown", "-R", NOBODY + ":" + NOBODY, folder.toString()).start();
        assertThat(chown.waitFor()).isZero();
    }

    private static List<Long> pidsOnceUp(Process jvm) throws IOException {
        String line = ForkedHost.firstLine(jvm);
        assertThat(line).startsWith("up ");
        List<Long> pids =
                Arrays.stream(line.substring(3).split(",")).map(Long::valueOf).toList();
        assertThat(pids).hasSizeGreaterThanOrEqualTo(3).allMatch(OrphanedHostIT::lives);
        return pids;
    }

    private void assertGone(List<Long> pids) throws InterruptedException {
        Await.until(
                "the end of what the killed JVM left",
                ForkedHost.LIMIT,
                () -> pids.stream().noneMatch(OrphanedHostIT::lives) && noneWith(folder));
    }

    private static boolean noneWith(Path folder) {
        try {
            return Machine.processesWith(folder.toString()).isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns whether the process runs; one that ended and is not yet collected by its parent does not. */
    private static boolean lives(long pid) {
        try {
            return !Files.readString(Path.of("/proc", Long.toString(pid), "stat"))
                    .contains(") Z ");
        } catch (IOException e) {
            return false;
        }
    }

    private static List<Path> aliases() {
        try (Stream<Path> entries = Files.list(Path.of("/tmp"))) {
            return entries.filter(path -> path.getFileName().toString().startsWith("hvk."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
