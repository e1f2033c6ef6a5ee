package io.hvkit.testkit.internal;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** One run of a program to its end. */
public final class Program {

    /** What a run came to: its exit code, and the end of what it wrote to both outputs. */
    public record Result(int exitCode, String output) {}

    private static final int LINES = 30;

    private Program() {}

    /**
     * Runs a program without input and waits for its end; its output goes to {@code log}. If that takes longer than
     * {@code limit}, or this thread is interrupted, it is killed with all its descendants.
     *
     * @throws DriverException with {@code HOST_NOT_READY} if it cannot be started, {@code TIMED_OUT} after the limit
     */
    public static Result run(List<String> argv, Path log, Duration limit) throws InterruptedException {
        Process process = started(argv, log);
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw DriverException.because(Failure.TIMED_OUT)
                        .message("%s has not ended within %s; its output ends: %s", argv, limit, Tail.of(log, LINES));
            }
            return new Result(process.exitValue(), Tail.of(log, LINES));
        } finally {
            if (process.isAlive()) {
                kill(process);
            }
        }
    }

    /** Kills the whole tree and waits until it is gone, so that it writes no more when its folder is deleted. */
    private static void kill(Process process) {
        List<ProcessHandle> tree = Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .toList();
        tree.forEach(ProcessHandle::destroyForcibly);
        tree.forEach(handle -> handle.onExit().join());
    }

    private static Process started(List<String> argv, Path log) {
        ProcessBuilder builder = new ProcessBuilder(argv)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("LC_ALL", "C");
        try {
            return builder.start();
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("%s does not start: %s", argv.get(0), e);
        }
    }
}
