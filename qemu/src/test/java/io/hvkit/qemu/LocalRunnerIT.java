package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Tag("every-java")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(60)
class LocalRunnerIT {

    private final CommandRunner runner = CommandRunner.local();

    @TempDir
    private Path directory;

    @Test
    void exit_code_output_and_errors_are_told_apart() throws Exception {
        CommandResult result = runner.run(shell("echo out; echo err >&2; exit 7"));

        assertThat(result).isEqualTo(CommandResult.of(7, "out\n", "err\n"));
    }

    @Test
    void no_shell_sees_the_arguments() throws Exception {
        CommandResult result = runner.run(Command.of("printf", "%s|", "a b", "$HOME", "`id`", "a'b\"c", "*", ""));

        assertThat(result.output()).isEqualTo("a b|$HOME|`id`|a'b\"c|*||");
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
    void standard_input_is_empty_unless_it_is_fed() throws Exception {
        assertThat(runner.run(Command.of("cat")).output()).isEmpty();
        try (Secret key = Secret.copyOf("k\n".getBytes(StandardCharsets.UTF_8))) {
            assertThat(runner.run(Command.of("cat").feeding(key)).output()).isEqualTo("k\n");
        }
    }

    @Test
    void the_longest_input_is_in_a_pipe_to_its_end_and_nobody_else_holds_that_open() throws Exception {
        byte[] bytes = new byte[Secret.LONGEST];
        Arrays.fill(bytes, (byte) 'k');
        try (Secret key = Secret.copyOf(bytes)) {
            List<String> before = pipes();
            assertThat(runner.run(shell("[ -p /dev/stdin ] && cat && cat < /dev/stdin; ls /proc/self/fd | wc -l")
                                    .feeding(key))
                            .output())
                    .isEqualTo("k".repeat(Secret.LONGEST) + "4\n");
            assertThat(pipes()).isEqualTo(before);
        }
    }

    /** Returns what descriptors of this process are pipes. */
    private static List<String> pipes() throws IOException {
        List<String> pipes = new ArrayList<>();
        for (String descriptor : Disks.names(Path.of("/proc/self/fd"))) {
            try {
                Path target = Files.readSymbolicLink(Path.of("/proc/self/fd", descriptor));
                if (target.toString().startsWith("pipe:")) {
                    pipes.add(descriptor + " " + target);
                }
            } catch (NoSuchFileException e) {
                // it was the look itself
            }
        }
        return pipes;
    }

    @Test
    void a_program_that_does_not_read_its_key_is_judged_by_its_exit_code() throws Exception {
        try (Secret key = Secret.random()) {
            assertThat(runner.run(Command.of("true").feeding(key)).exitCode()).isZero();
            assertThat(runner.run(Command.of("false").feeding(key)).exitCode()).isEqualTo(1);
        }
    }

    @Test
    void a_missing_program_is_named_with_what_to_install() {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> runner.run(Command.of("qemu-image-of-nobody").providedBy("qemu-utils (Debian)")))
                .withMessageContaining("qemu-image-of-nobody")
                .withMessageContaining("install qemu-utils (Debian)")
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.HOST_NOT_READY));
    }

    @Test
    void a_program_whose_interpreter_is_missing_is_not_ready() throws Exception {
        Path noise = Scripts.write(directory.resolve("noise"));
        Files.writeString(noise, "#!/no/such/interpreter\n");

        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> runner.run(Command.of(noise.toString())))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.HOST_NOT_READY));
    }

    @Test
    void a_program_that_hangs_is_ended_with_all_that_it_started() throws Exception {
        Path pids = directory.resolve("pids");
        Path script = Scripts.write(
                directory.resolve("hang"),
                "echo $$ >> " + pids,
                "(trap '' TERM; sh -c 'echo $$ >> " + pids + "; sleep 600' & echo $! >> " + pids + "; wait) &",
                "echo before >&2",
                "while true; do sleep 600; done");

        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> runner.run(Command.of(script.toString()).within(Duration.ofSeconds(1))));

        assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT);
        assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
        assertThat(e).hasMessageContaining("before");
        assertThat(Files.readAllLines(pids)).hasSizeGreaterThanOrEqualTo(3).noneMatch(Await::lives);
        assertThat(commandLines()).noneMatch(line -> line.contains(directory.toString()));
    }

    @Test
    void a_program_that_forks_all_the_time_is_ended_whole() throws Exception {
        String mark = directory.resolve("fork-mark").toString();
        Path script = Scripts.write(
                directory.resolve("fork"), "while true; do sh -c 'sleep 600' " + mark + " & sleep 0.01; done");

        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> runner.run(Command.of(script.toString()).within(Duration.ofMillis(500))));

        assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT);
        assertThat(commandLines()).noneMatch(line -> line.contains(mark));
    }

    @Test
    void a_child_left_behind_with_the_output_open_does_not_hold_the_call() throws Exception {
        long start = System.nanoTime();

        CommandResult result = runner.run(shell("echo said; sleep 20 & echo $!"));

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        List<String> lines = result.output().lines().toList();
        assertThat(lines).hasSize(2).startsWith("said");
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(t -> t.getName().contains("hvkit"));
        ProcessHandle.of(Long.parseLong(lines.get(1))).ifPresent(ProcessHandle::destroyForcibly);
    }

    @Test
    void interruption_ends_the_program_and_is_passed_on() throws Exception {
        Path pid = directory.resolve("pid");
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        CountDownLatch ended = new CountDownLatch(1);
        Thread thread = new Thread(() -> {
            try {
                runner.run(shell("echo $$ > " + pid + ".tmp; mv " + pid + ".tmp " + pid + "; sleep 600"));
            } catch (InterruptedException | RuntimeException e) {
                thrown.set(e);
            } finally {
                ended.countDown();
            }
        });
        thread.start();
        Await.until("the program has started", () -> Files.exists(pid));
        thread.interrupt();
        ended.await();

        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        assertThat(Await.lives(Files.readString(pid).strip())).isFalse();
    }

    @Test
    void much_output_is_read_to_its_end_and_kept_in_part() throws Exception {
        CommandResult result = runner.run(shell("head -c 50000000 /dev/zero | tr '\\0' x; echo fine >&2"));

        assertThat(result.exitCode()).isZero();
        assertThat(result.output()).hasSize(1 << 20);
        assertThat(result.dropped()).isEqualTo(50_000_000L - (1 << 20));
        assertThat(result.errors()).isEqualTo("fine\n");
    }

    @Test
    void pieces_are_told_as_they_come() throws Exception {
        Path go = directory.resolve("go");
        List<String> heard = new ArrayList<>();

        runner.run(shell("printf 'one\\rtwo\\n\\nthr'; while [ ! -e " + go + " ]; do sleep 0.01; done; printf ee")
                .listening(piece -> {
                    heard.add(piece);
                    if (piece.equals("two")) {
                        touch(go);
                    }
                }));

        assertThat(heard).containsExactly("one", "two", "three");
    }

    @Test
    void what_a_listener_throws_ends_the_program() throws Exception {
        Path pid = directory.resolve("pid");

        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> runner.run(
                        shell("echo $$ > " + pid + "; echo hear; sleep 600").listening(piece -> {
                            throw new IllegalStateException("enough of " + piece);
                        })))
                .withMessage("enough of hear");
        assertThat(Await.lives(Files.readString(pid).strip())).isFalse();
    }

    private Command shell(String script) {
        return Command.of("sh", "-c", script);
    }

    private static void touch(Path path) {
        try {
            Files.createFile(path);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> commandLines() {
        return ProcessHandle.allProcesses()
                .filter(p -> Await.lives(Long.toString(p.pid())))
                .filter(p -> p.pid() != ProcessHandle.current().pid())
                .map(p -> p.info().commandLine().orElse(""))
                .toList();
    }
}
