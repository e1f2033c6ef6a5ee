package io.hvkit.qemu;

import com.sun.jna.LastErrorException;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.qemu.internal.FilledPipe;
import io.hvkit.qemu.internal.ProcessTree;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs programs on this host. Output is fetched by polling, not by blocked reads: a read blocks for as long as any child of the
 * program keeps the pipe open, and nothing in Java ends it.
 */
final class LocalRunner implements CommandRunner {

    private static final Logger LOG = LoggerFactory.getLogger(LocalRunner.class);
    private static final List<String> SYSTEM_FOLDERS = List.of("/usr/sbin", "/usr/bin", "/sbin", "/bin");
    private static final List<String> KEPT_VARIABLES = List.of("HOME", "TMPDIR");
    private static final long SHORTEST_PAUSE = Duration.ofMillis(1).toNanos();
    private static final long LONGEST_PAUSE = Duration.ofMillis(20).toNanos();

    @Override
    public CommandResult run(Command command) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException(
                    "interrupted before " + command.argv().get(0) + " was started");
        }
        Process process = startFed(command);
        ProgramOutput output = new ProgramOutput(process.getInputStream(), command.listener());
        ProgramOutput errors = new ProgramOutput(process.getErrorStream(), piece -> {});
        boolean ended = false;
        try {
            ended = await(process, command, output, errors);
        } finally {
            List<Long> survivors =
                    ended ? List.of() : ProcessTree.of(process.toHandle()).kill();
            close(process);
            if (!survivors.isEmpty()) {
                LOG.warn(
                        "{} was killed, but processes {} live on",
                        command.argv().get(0),
                        survivors);
            }
        }
        if (!ended) {
            throw DriverException.because(Failure.TIMED_OUT)
                    .message(
                            "%s was ended, with all that it had started, since it took longer than %s; it had said: %s",
                            command,
                            command.limit().orElseThrow(),
                            errors.text().strip());
        }
        return Prlimit.judge(
                command,
                new CommandResult(
                        process.exitValue(), output.text(), errors.text(), output.dropped() + errors.dropped()));
    }

    /** Returns true when the program has ended, false when its time is over. */
    private static boolean await(Process process, Command command, ProgramOutput output, ProgramOutput errors)
            throws InterruptedException {
        long start = System.nanoTime();
        long limit = command.limit().map(LocalRunner::nanos).orElse(Long.MAX_VALUE);
        long pause = SHORTEST_PAUSE;
        while (true) {
            boolean spoke = output.fetch();
            boolean complained = errors.fetch();
            pause = spoke || complained ? SHORTEST_PAUSE : Math.min(pause * 2, LONGEST_PAUSE);
            long left = limit - (System.nanoTime() - start);
            if (process.waitFor(Math.max(0, Math.min(pause, left)), TimeUnit.NANOSECONDS)) {
                output.finish();
                errors.finish();
                return true;
            }
            if (left <= 0) {
                return false;
            }
        }
    }

    /** Starts it with its input in place; the bytes go from the secret to the kernel, and leave no copy in this process. */
    private static Process startFed(Command command) {
        Optional<Secret> input = command.input();
        if (input.isEmpty()) {
            return start(command, ProcessBuilder.Redirect.from(new File("/dev/null")));
        }
        Optional<FilledPipe> filled;
        try {
            filled = input.get().use(FilledPipe::holding);
        } catch (LastErrorException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message(
                            "there is no pipe for the input of %s: %s",
                            command.argv().get(0), String.valueOf(e.getMessage()));
        }
        if (filled.isEmpty()) {
            return startFedByStream(command, input.get());
        }
        try (FilledPipe pipe = filled.get()) {
            return start(command, ProcessBuilder.Redirect.from(pipe.readingEnd()));
        }
    }

    /** For a JVM without native code. The stream of the JDK keeps a copy until it is collected. */
    private static Process startFedByStream(Command command, Secret input) {
        Process process = start(command, ProcessBuilder.Redirect.PIPE);
        try (OutputStream stdin = process.getOutputStream()) {
            input.withArray(bytes -> {
                stdin.write(bytes);
                return bytes.length;
            });
        } catch (IOException e) {
            // It ended, or closed its input, before it read the key: what it says of that is the better report.
            LOG.debug("{} did not read its input", command.argv().get(0));
        }
        return process;
    }

    private static Process start(Command command, ProcessBuilder.Redirect input) {
        Map<String, String> own = System.getenv();
        List<String> argv = new ArrayList<>(command.argv());
        String path = searchPath(own);
        argv.set(0, program(argv.get(0), path, command.packages()));
        String prlimit = program(Prlimit.PROGRAM, path, Optional.of(Prlimit.PACKAGES));
        ProcessBuilder builder =
                new ProcessBuilder(new Prlimit(HardLimits.own()).wrap(prlimit, command.toolLimits(), argv));
        builder.redirectInput(input);
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.put("PATH", path);
        environment.put("LC_ALL", "C");
        KEPT_VARIABLES.stream().filter(own::containsKey).forEach(name -> environment.put(name, own.get(name)));
        try {
            return builder.start();
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("%s could not be started: %s", argv.get(0), String.valueOf(e.getMessage()));
        }
    }

    /** Daemons are often started without the administrator's folders, where cryptsetup lives. */
    private static String searchPath(Map<String, String> own) {
        Set<String> folders = new LinkedHashSet<>();
        for (String folder : own.getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
            if (folder.startsWith("/")) { // an empty or relative entry is whatever the working directory holds
                folders.add(folder);
            }
        }
        folders.addAll(SYSTEM_FOLDERS);
        return String.join(File.pathSeparator, folders);
    }

    private static String program(String name, String path, Optional<String> packages) {
        List<String> candidates = name.contains("/")
                ? List.of(name)
                : Arrays.stream(path.split(File.pathSeparator, -1))
                        .map(folder -> folder + "/" + name)
                        .toList();
        Optional<String> found = candidates.stream()
                .filter(candidate -> Files.isRegularFile(Path.of(candidate)) && Files.isExecutable(Path.of(candidate)))
                .findFirst();
        return found.orElseThrow(() -> DriverException.because(Failure.HOST_NOT_READY)
                .message(
                        "%s is not installed on this host%s; install %s",
                        name,
                        name.contains("/") ? "" : " (PATH is " + path + ")",
                        packages.orElse("the package that has it")));
    }

    private static void close(Process process) {
        for (AutoCloseable stream :
                List.of(process.getOutputStream(), process.getInputStream(), process.getErrorStream())) {
            try {
                stream.close();
            } catch (Exception e) {
                LOG.debug("a pipe to a program that ended", e);
            }
        }
    }

    private static long nanos(Duration limit) {
        try {
            return limit.toNanos();
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE; // more than 292 years
        }
    }
}
