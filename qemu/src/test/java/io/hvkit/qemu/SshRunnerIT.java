package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.testkit.ssh.LoopbackSshd;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The server is on this machine, so that its processes can be looked for here; its files are not. */
@Tag("every-java")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(120)
class SshRunnerIT {

    @TempDir
    private static Path work;

    private static LoopbackSshd sshd;
    private static SshRunner runner;

    @BeforeAll
    static void connect() throws Exception {
        sshd = LoopbackSshd.start(work);
        runner = CommandRunner.ssh(Destinations.of(sshd));
    }

    @AfterAll
    static void disconnect() {
        runner.close();
        sshd.close();
    }

    @Test
    void exit_codes_output_and_errors_are_those_of_the_program() throws Exception {
        assertThat(runner.run(shell("echo out; echo err >&2; exit 7")))
                .isEqualTo(CommandResult.of(7, "out\n", "err\n"));
        assertThat(runner.run(shell("printf unended; exit 255"))).isEqualTo(CommandResult.of(255, "unended", ""));
        assertThat(runner.run(shell("kill -KILL $$"))).isEqualTo(CommandResult.of(137, "", ""));
    }

    @Test
    void what_a_login_prints_is_no_output() throws Exception {
        runner.run(shell("echo 'echo Welcome back; echo 1 2 3 4' > \"$HOME/.bashrc\""));
        try {
            List<String> heard = new ArrayList<>();

            assertThat(runner.run(shell("echo out").listening(heard::add))).isEqualTo(CommandResult.of(0, "out\n", ""));
            assertThat(heard).containsExactly("out");
            assertThat(runner.files().status(Path.of("/")).kind()).isEqualTo(FileStatus.Kind.FOLDER);
            assertThat(runner.files().list(Path.of("/"))).contains("etc");
        } finally {
            runner.run(shell("rm \"$HOME/.bashrc\""));
        }
    }

    @Test
    void no_shell_sees_the_arguments() throws Exception {
        List<String> words = new ArrayList<>(WeirdNames.KNOWN);
        words.addAll(List.of("", "'", "'\\''", "\u0001", "!!", "platte"));
        List<String> argv = new ArrayList<>(List.of("printf", "%s\\0"));
        argv.addAll(words);

        String output = runner.run(Command.of(argv)).output();

        assertThat(output.split("\0", -1)).containsExactlyElementsOf(concat(words, ""));
    }

    @Test
    void environment_holds_the_language_the_path_and_no_more() throws Exception {
        List<String> names = runner.run(Command.of("env"))
                .output()
                .lines()
                .map(line -> line.substring(0, line.indexOf('=')))
                .toList();

        assertThat(names).contains("PATH", "LC_ALL").isSubsetOf("PATH", "LC_ALL", "HOME", "TMPDIR");
    }

    @Test
    void keys_travel_on_standard_input_which_is_empty_otherwise() throws Exception {
        assertThat(runner.run(Command.of("cat")).output()).isEmpty();
        try (Secret key = Secret.copyOf("k\n\u0000\r'".getBytes(StandardCharsets.UTF_8))) {
            assertThat(runner.run(Command.of("cat").feeding(key)).output()).isEqualTo("k\n\u0000\r'");
            assertThat(runner.run(Command.of("true").feeding(key)).exitCode()).isZero();
        }
    }

    @Test
    void no_key_is_seen_in_arguments_here_or_there() throws Exception {
        List<String> seen = new ArrayList<>();
        try (Secret key = Disks.fastKey("canary-over-the-wire-")) {
            CommandResult result =
                    runner.run(shell("wc -c; sleep 0.2; :").feeding(key).listening(piece -> {
                        assertThat(running("wc -c; sleep"))
                                .as("the program is seen")
                                .isNotEmpty();
                        seen.addAll(running("canary-over"));
                    }));

            assertThat(result.output().strip()).isEqualTo(Integer.toString(key.length()));
        }
        assertThat(seen).isEmpty();
    }

    @Test
    void much_output_is_read_to_its_end_and_kept_in_part() throws Exception {
        CommandResult result = runner.run(shell("head -c 5000000 /dev/zero | tr '\\0' x; echo fine >&2"));

        assertThat(result.exitCode()).isZero();
        assertThat(result.output()).matches("x+").hasSizeBetween((1 << 20) - 100, 1 << 20);
        assertThat(result.output().length() + result.dropped()).isEqualTo(5_000_000);
        assertThat(result.errors()).isEqualTo("fine\n");
    }

    @Test
    void pieces_are_told_as_they_come_and_none_of_ours_among_them() throws Exception {
        List<String> heard = new ArrayList<>();

        runner.run(shell("printf 'one\\rtwo\\n\\nthree'").listening(heard::add));

        assertThat(heard).containsExactly("one", "two", "three");
    }

    @Test
    void a_missing_program_is_named_with_what_to_install() {
        assertFails(
                Failure.HOST_NOT_READY,
                Effect.NOT_APPLIED,
                () -> runner.run(Command.of("qemu-image-of-nobody").providedBy("qemu-utils (Debian)")),
                "install qemu-utils (Debian)");
        assertFails(
                Failure.HOST_NOT_READY,
                Effect.NOT_APPLIED,
                () -> runner.run(Command.of("/no/such/program")),
                "/no/such/program");
    }

    @Test
    void limits_hold_there_too() throws Exception {
        assertFails(
                Failure.TIMED_OUT,
                Effect.UNKNOWN,
                () -> runner.run(
                        shell("while :; do :; done").limitedTo(ToolLimits.none().cpuTime(Duration.ofSeconds(1)))),
                "1 s of processor time");
        HardLimits limits = HardLimits.parse(
                runner.run(Command.of("cat", "/proc/self/limits")).output());
        assertThat(limits.core()).isLessThanOrEqualTo(1);
        assertThat(limits.addressSpace()).isEqualTo(16L << 30);
    }

    @Test
    void a_program_that_hangs_is_ended_there_with_all_that_it_started() throws Exception {
        String mark = UUID.randomUUID().toString();

        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> runner.run(Command.of(
                                "sh",
                                "-c",
                                "(trap '' TERM HUP; setsid sh -c 'sleep 600; :' $0 & sleep 600; :) & while :; do sleep 600; done",
                                mark)
                        .within(Duration.ofSeconds(2))));

        assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT);
        assertThat(e).hasMessageContaining("took longer than 2 s, and was ended with all that it had started");
        assertThat(e.getMessage()).doesNotContain("BatchMode");
        assertNothingRuns(mark);
    }

    @Test
    void interruption_ends_the_program_there_and_is_passed_on() throws Exception {
        String mark = UUID.randomUUID().toString();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        CountDownLatch started = new CountDownLatch(1);
        Thread thread = new Thread(() -> {
            try {
                runner.run(
                        Command.of("sh", "-c", "echo up; sleep 600; :", mark).listening(piece -> started.countDown()));
            } catch (InterruptedException | RuntimeException e) {
                thrown.set(e);
            }
        });
        thread.start();
        started.await();
        assertThat(running(mark)).isNotEmpty();
        thread.interrupt();
        thread.join();

        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        assertNothingRuns(mark);
    }

    @Test
    void what_a_listener_throws_ends_the_program_there() {
        String mark = UUID.randomUUID().toString();

        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> runner.run(
                        Command.of("sh", "-c", "echo hear; sleep 600; :", mark).listening(piece -> {
                            throw new IllegalStateException("enough of " + piece);
                        })))
                .withMessage("enough of hear");
        assertNothingRuns(mark);
    }

    @Test
    void a_connection_that_breaks_leaves_a_doubt_and_no_program_and_is_made_anew() throws Exception {
        String mark = UUID.randomUUID().toString();
        try (SshRunner own = CommandRunner.ssh(Destinations.of(sshd))) {
            DriverException e = catchThrowableOfType(
                    DriverException.class,
                    () -> own.run(Command.of("sh", "-c", "echo up; sleep 600; :", mark)
                            .listening(piece -> sshd.breakConnections())));

            assertThat(e.failure()).isEqualTo(Failure.UNREACHABLE);
            assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
            assertThat(e).hasMessageContaining("broke while").hasMessageContaining("was ended");
            assertNothingRuns(mark);
            assertThat(own.run(shell("echo again")).output()).isEqualTo("again\n");
        }
        assertThat(runner.run(shell("echo again")).output()).isEqualTo("again\n");
    }

    @Test
    void a_host_under_another_key_is_never_spoken_to() {
        assertFails(
                Failure.BAD_CREDENTIALS,
                Effect.NOT_APPLIED,
                () -> CommandRunner.ssh(Destinations.underAnotherKey(sshd)),
                "Host key verification failed");
        assertFails(
                Failure.BAD_CREDENTIALS,
                Effect.NOT_APPLIED,
                () -> CommandRunner.ssh(Destinations.of(sshd).knownHosts(work.resolve("nobody"))),
                "Host key verification failed");
        assertThat(work.resolve("nobody")).doesNotExist();
    }

    @Test
    void whoever_is_not_let_in_is_told_so() {
        assertFails(
                Failure.BAD_CREDENTIALS,
                Effect.NOT_APPLIED,
                () -> CommandRunner.ssh(Destinations.asAnotherUser(sshd)),
                "Permission denied");
    }

    @Test
    void a_host_that_is_not_there_cannot_be_reached() {
        assertFails(
                Failure.UNREACHABLE,
                Effect.NOT_APPLIED,
                () -> CommandRunner.ssh(Destinations.of(sshd).port(1)),
                "Connection refused");
        assertFails(
                Failure.UNREACHABLE,
                Effect.NOT_APPLIED,
                () -> CommandRunner.ssh(SshDestination.of("no-such-host.invalid")),
                "Could not resolve hostname");
    }

    @Test
    void paths_of_keys_may_have_any_name_that_ssh_can_be_told() throws Exception {
        Path folder = Files.createDirectory(work.resolve("it's 100%h, ~ $HOME #1"));
        Path key = Files.copy(work.resolve("user_key"), folder.resolve("a key"), StandardCopyOption.COPY_ATTRIBUTES);
        Path known = Files.copy(work.resolve("known_hosts"), folder.resolve("known hosts"));

        try (SshRunner own =
                CommandRunner.ssh(Destinations.of(sshd).identity(key).knownHosts(known))) {
            assertThat(own.run(shell("echo in")).output()).isEqualTo("in\n");
        }
    }

    @Test
    void a_tunnel_leads_to_a_socket_of_the_host_and_is_made_anew_after_a_loss() throws Exception {
        Path there = work.resolve("hello.sock");
        try (SshRunner own = CommandRunner.ssh(Destinations.of(sshd));
                ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(there));
            Path tunnel = own.tunnelTo(there);
            assertThat(own.tunnelTo(there)).isEqualTo(tunnel);
            assertThat(Files.getPosixFilePermissions(tunnel.getParent()))
                    .isEqualTo(PosixFilePermissions.fromString("rwx------"));
            assertThat(wordThrough(tunnel, server)).isEqualTo('!');

            sshd.breakConnections();

            Await.until("the loss is noticed", () -> !Files.exists(tunnel.resolveSibling("socket")));
            assertThat(own.tunnelTo(there)).isEqualTo(tunnel);
            assertThat(wordThrough(tunnel, server)).isEqualTo('!');
            assertFails(
                    Failure.INVALID_REQUEST,
                    Effect.NOT_APPLIED,
                    () -> own.tunnelTo(Path.of("/a:b")),
                    "ssh takes no socket");
        }
    }

    /** Sends one byte through a tunnel and returns what arrives. */
    private static char wordThrough(Path tunnel, ServerSocketChannel server) throws IOException {
        ByteBuffer word = ByteBuffer.wrap(new byte[] {'!'});
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(tunnel))) {
            client.write(word);
            try (SocketChannel arrived = server.accept()) {
                word.clear();
                word.put(0, (byte) 0);
                arrived.read(word);
                return (char) word.get(0);
            }
        }
    }

    @Test
    void nothing_is_left_when_it_is_closed() throws Exception {
        List<String> before = Disks.names(Path.of(System.getProperty("java.io.tmpdir")));
        SshRunner own = CommandRunner.ssh(Destinations.of(sshd));
        List<String> during = new ArrayList<>(Disks.names(Path.of(System.getProperty("java.io.tmpdir"))));
        during.removeAll(before);
        String folder = during.stream()
                .filter(name -> name.startsWith("hvkit-ssh-"))
                .findFirst()
                .orElseThrow();
        assertThat(running(folder)).isNotEmpty();

        own.close();
        own.close();

        assertThat(Path.of(System.getProperty("java.io.tmpdir"), folder)).doesNotExist();
        Await.until("the connection's process is gone", () -> running(folder).isEmpty());
        assertFails(Failure.INVALID_REQUEST, Effect.NOT_APPLIED, () -> own.run(Command.of("true")), "was closed");
    }

    @Test
    void many_calls_at_once_share_the_connection() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(12);
        try {
            List<Future<CommandResult>> results = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                int number = i;
                results.add(threads.submit(() -> runner.run(shell("sleep 0.2; echo " + number))));
            }
            for (int i = 0; i < 12; i++) {
                assertThat(results.get(i).get()).isEqualTo(CommandResult.of(0, i + "\n", ""));
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static Command shell(String script) {
        return Command.of("sh", "-c", script);
    }

    private static List<String> concat(List<String> words, String last) {
        List<String> all = new ArrayList<>(words);
        all.add(last);
        return all;
    }

    private static List<String> running(String mark) {
        return ProcessHandle.allProcesses()
                .filter(process -> Await.lives(Long.toString(process.pid())))
                .map(process -> commandLine(process.pid()))
                .filter(line -> line.contains(mark))
                .toList();
    }

    private static void assertNothingRuns(String mark) {
        assertThat(running(mark)).isEmpty();
    }

    private static String commandLine(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "it ended just now";
        }
    }

    private static void assertFails(Failure failure, Effect effect, ThrowingCallable call, String words) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(call)
                .withMessageContaining(words)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(failure))
                .satisfies(e -> assertThat(e.effect()).isEqualTo(effect));
    }
}
