package io.hvkit.qemu.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.qemu.Await;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.CryptSetup;
import io.hvkit.qemu.Disks;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.LuksType;
import io.hvkit.qemu.QemuImg;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("every-java")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StorageDaemonIT {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    private String temporary = "";

    /** Daemons of other processes of these tests are started beside it, and clear away what is abandoned. */
    @BeforeEach
    void haveAFolderOfItsOwnForTemporaryFiles() {
        temporary = System.setProperty("java.io.tmpdir", directory.toString());
    }

    @AfterEach
    void goBackToTheFolderForTemporaryFilesOfAll() {
        System.setProperty("java.io.tmpdir", temporary);
    }

    @Test
    void it_answers_and_leaves_nothing_when_it_is_closed() throws Exception {
        List<Path> before = RunningDaemons.folders();
        StorageDaemon daemon = StorageDaemon.start(CommandRunner.local());
        try (daemon) {
            assertThat(daemon.version().isAtLeast(6, 0)).isTrue();
            assertThat(daemon.isAlive()).isTrue();
            assertThat(RunningDaemons.own()).hasSize(1);
            assertThat(RunningDaemons.folders()).hasSize(before.size() + 1);
            assertThat(daemon.execute(QmpCommand.of("query-jobs")).items()).isEmpty();
            DriverException e =
                    catchThrowableOfType(DriverException.class, () -> daemon.execute(QmpCommand.of("no-such")));
            assertThat(e.failure()).isEqualTo(Failure.UNSUPPORTED);
            assertThat(e.vendorCode()).contains("CommandNotFound");
        }
        assertThat(RunningDaemons.own()).isEmpty();
        assertThat(RunningDaemons.threads()).isEmpty();
        assertThat(RunningDaemons.folders()).containsExactlyInAnyOrderElementsOf(before);
        assertThat(daemon.isAlive()).isFalse();
        closeAgain(daemon);
        DriverException after =
                catchThrowableOfType(DriverException.class, () -> daemon.execute(QmpCommand.of("query-jobs")));
        assertThat(after.failure()).isEqualTo(Failure.UNREACHABLE);
        assertThat(after.effect()).isEqualTo(Effect.NOT_APPLIED);
    }

    @RepeatedTest(20)
    void just_started_it_answers_on_both_its_monitors() throws Exception {
        try (StorageDaemon daemon = StorageDaemon.start(CommandRunner.local());
                QmpClient other = daemon.connect(LIMIT)) {
            assertThat(daemon.execute(QmpCommand.of("query-jobs")).items()).isEmpty();
            assertThat(other.execute(QmpCommand.of("query-jobs")).items()).isEmpty();
        }
    }

    @Test
    void its_memory_is_limited_and_its_time_is_not_and_it_dumps_no_core() throws Exception {
        try (StorageDaemon daemon = StorageDaemon.start(CommandRunner.local())) {
            assertThat(daemon.isAlive()).isTrue();
            long pid = RunningDaemons.own().get(0).pid();
            assertThat(Files.readAllLines(Path.of("/proc", Long.toString(pid), "limits")))
                    .anyMatch(line -> line.matches("Max address space +17179869184 +17179869184 .*"))
                    .anyMatch(line -> line.matches("Max cpu time +unlimited +unlimited .*"))
                    .anyMatch(line -> line.matches("Max core file size +[01] +[01] .*"));
        }
    }

    @Test
    void an_interrupted_thread_closes_it_as_well() throws Exception {
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        StorageDaemon daemon = StorageDaemon.start(CommandRunner.local());
        Thread closer = new Thread(() -> {
            Thread.currentThread().interrupt();
            daemon.close();
            interrupted.complete(Thread.currentThread().isInterrupted());
        });
        closer.start();
        assertThat(interrupted.get(30, TimeUnit.SECONDS)).isTrue();
        closer.join();
        assertThat(RunningDaemons.own()).isEmpty();
        assertThat(RunningDaemons.threads()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tied", "loose"})
    void it_does_not_outlive_a_process_that_is_killed(String tie) throws Exception {
        Path source = Disks.random(directory.resolve("source"), ByteSize.mebibytes(4), 1);
        Path target = Files.createFile(directory.resolve("target"));
        Disks.run("truncate", "-s", "4M", target.toString());
        List<Path> before = RunningDaemons.folders();
        Process holder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.io.tmpdir=" + directory,
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        DaemonHolder.class.getName(),
                        source.toString(),
                        target.toString(),
                        tie)
                .redirectError(new File("/dev/null"))
                .start();
        String pid;
        try (BufferedReader said =
                new BufferedReader(new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8))) {
            pid = Objects.requireNonNull(said.readLine(), "the daemon's process");
        } finally {
            holder.destroyForcibly().waitFor();
        }
        if (tie.equals("tied")) {
            Await.until("the kernel ends it", () -> !Await.lives(pid));
        } else {
            assertThat(Await.lives(pid)).isTrue();
        }
        assertThat(RunningDaemons.folders()).hasSize(before.size() + 1);

        StorageDaemon.start(CommandRunner.local()).close();
        Await.until("the next one ends it", () -> !Await.lives(pid));
        assertThat(RunningDaemons.folders()).containsExactlyInAnyOrderElementsOf(before);
    }

    @Test
    void what_cannot_be_started_says_what_is_missing_and_leaves_nothing() throws Exception {
        CommandRunner local = CommandRunner.local();
        CommandRunner without = command -> {
            List<String> argv = new ArrayList<>(command.argv());
            argv.replaceAll(argument -> argument.equals("qemu-storage-daemon") ? "no-such-daemon" : argument);
            return local.run(Command.of(argv).untilDone());
        };
        CommandRunner refused = command -> {
            List<String> argv = new ArrayList<>(command.argv());
            argv.add("--no-such-option");
            return local.run(
                    Command.of(argv).untilDone().feeding(command.input().orElseThrow()));
        };
        List<Path> before = RunningDaemons.folders();
        DriverException missing = catchThrowableOfType(DriverException.class, () -> StorageDaemon.start(without));
        assertThat(missing.failure()).isEqualTo(Failure.HOST_NOT_READY);
        assertThat(missing).hasMessageContaining("install qemu-system-common");
        DriverException ended = catchThrowableOfType(DriverException.class, () -> StorageDaemon.start(refused));
        assertThat(ended.failure()).isEqualTo(Failure.HOST_NOT_READY);
        assertThat(ended).hasMessageContaining("--no-such-option");
        assertThat(RunningDaemons.folders()).containsExactlyInAnyOrderElementsOf(before);
        assertThat(RunningDaemons.threads()).isEmpty();
    }

    @Test
    void images_that_cannot_be_opened_say_why_and_are_not_open() throws Exception {
        Path raw = Disks.random(directory.resolve("raw"), ByteSize.mebibytes(1), 2);
        Path locked = Files.createFile(directory.resolve("locked"));
        Disks.run("truncate", "-s", "4M", locked.toString());
        try (Secret key = Secret.random();
                Secret other = Secret.random();
                StorageDaemon daemon = StorageDaemon.start(CommandRunner.local())) {
            CryptSetup.probe(CommandRunner.local()).format(locked, LuksType.LUKS1, key);
            assertThat(failureToOpen(daemon, Image.luks(locked).unlockedBy(other)))
                    .isEqualTo(Failure.BAD_CREDENTIALS);
            assertThat(failureToOpen(daemon, Image.raw(directory.resolve("none"))))
                    .isEqualTo(Failure.NOT_FOUND);
            assertThat(failureToOpen(daemon, Image.qcow2(raw))).isEqualTo(Failure.CORRUPT_DATA);
            Image qcow2 = Image.qcow2(directory.resolve("qcow2"));
            QemuImg.probe(CommandRunner.local()).create(qcow2, ByteSize.mebibytes(1));
            BlockNode node = daemon.open(qcow2);
            assertThat(failureToOpen(daemon, qcow2)).isEqualTo(Failure.IN_USE);
            daemon.close(node);
            daemon.close(node);
            daemon.close(daemon.open(qcow2));
            assertThat(daemon.execute(QmpCommand.of("query-named-block-nodes")).items())
                    .isEmpty();
        }
    }

    @Test
    void no_key_stays_in_it_or_is_seen_from_outside() throws Exception {
        Path path = Files.createFile(directory.resolve("locked"));
        Disks.run("truncate", "-s", "4M", path.toString());
        try (Secret key = Disks.fastKey("canary-hums-in-the-coal-");
                StorageDaemon daemon = StorageDaemon.start(CommandRunner.local())) {
            CryptSetup.probe(CommandRunner.local()).format(path, LuksType.LUKS1, key);
            BlockNode node = daemon.open(Image.luks(path).unlockedBy(key));
            QmpValue objects = daemon.execute(QmpCommand.of("qom-list").with("path", "/objects"));
            assertThat(objects.items().stream().map(item -> item.at("name").text()))
                    .contains("master")
                    .noneMatch(name -> name.startsWith("key"));
            long pid = RunningDaemons.own().get(0).pid();
            assertThat(RunningDaemons.commandLine(pid)).contains("/dev/stdin").doesNotContain("canary");
            assertThat(Path.of("/proc", Long.toString(pid), "environ"))
                    .content(StandardCharsets.ISO_8859_1)
                    .contains("LC_ALL=C")
                    .doesNotContain("canary");
            assertThat(daemon.execute(QmpCommand.of("query-named-block-nodes")).toJson())
                    .contains(node.name())
                    .doesNotContain("canary");
        }
    }

    @Test
    void a_daemon_that_is_killed_is_noticed_and_closing_it_is_quick() throws Exception {
        try (StorageDaemon daemon = StorageDaemon.start(CommandRunner.local())) {
            RunningDaemons.own().get(0).destroyForcibly();
            Await.until("it is noticed", () -> !daemon.isAlive());
            DriverException e =
                    catchThrowableOfType(DriverException.class, () -> daemon.execute(QmpCommand.of("query-jobs")));
            assertThat(e.failure()).isEqualTo(Failure.UNREACHABLE);
        }
        assertThat(RunningDaemons.threads()).isEmpty();
    }

    @Test
    void another_client_is_served_beside_its_own_one_at_a_time() throws Exception {
        try (StorageDaemon daemon = StorageDaemon.start(CommandRunner.local())) {
            try (QmpClient client = daemon.connect(LIMIT)) {
                assertThat(client.version()).isEqualTo(daemon.version());
                DriverException e =
                        catchThrowableOfType(DriverException.class, () -> daemon.connect(Duration.ofMillis(100)));
                assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT);
                assertThat(e).hasMessageContaining("one client at a time");
            }
            try (QmpClient next = daemon.connect(LIMIT)) {
                assertThat(next.execute(QmpCommand.of("query-jobs")).items()).isEmpty();
            }
        }
    }

    private static Failure failureToOpen(StorageDaemon daemon, Image image) {
        DriverException e = catchThrowableOfType(DriverException.class, () -> daemon.open(image));
        assertThat(e).hasMessageContaining(image + " cannot be opened");
        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        return e.failure();
    }

    private static void closeAgain(AutoCloseable daemon) throws Exception {
        daemon.close();
    }
}
