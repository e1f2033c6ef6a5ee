package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Probes the qemu-img programs of one host and remembers what it found, for as long as a program's file has the same size and
 * the same time of change: an upgrade is noticed at the next call. A call that finds its answer here costs a look at the file
 * instead of a dozen runs. Holds nothing that needs to be closed. Safe for any number of threads; two that ask at once may both
 * probe.
 */
public final class QemuImgProbe {

    private record Seen(FileStatus file, QemuImgProgram program) {}

    private final CommandRunner runner;
    private final Map<Path, Seen> seen = new ConcurrentHashMap<>();

    private QemuImgProbe(CommandRunner runner) {
        this.runner = runner;
    }

    /** Returns a probe that has seen nothing yet, for the host that {@code runner} runs programs on. */
    public static QemuImgProbe of(CommandRunner runner) {
        return new QemuImgProbe(runner);
    }

    /**
     * Returns the qemu-img in {@code PATH}, as {@link QemuImg#probe(CommandRunner)} does.
     *
     * @throws DriverException with {@code HOST_NOT_READY} if it is not installed or does not answer like qemu-img
     */
    public QemuImg qemuImg() throws InterruptedException {
        CommandResult result = runner.run(Command.of("sh", "-c", "command -v qemu-img"));
        String path = result.output().strip();
        if (!result.succeeded() || !path.startsWith("/")) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message("qemu-img is not in PATH on this host; install %s", QemuImgProgram.PACKAGES);
        }
        return qemuImg(Path.of(path));
    }

    /**
     * Returns {@code program}, as {@link QemuImg#probe(CommandRunner, Path)} does.
     *
     * @throws DriverException with {@code HOST_NOT_READY} if it is not there or does not answer like qemu-img
     */
    public QemuImg qemuImg(Path program) throws InterruptedException {
        Path path = ImagePath.of(program);
        FileStatus file = runner.files().status(path);
        Seen last = seen.get(path);
        if (last != null && last.file.equals(file)) {
            return QemuImg.of(last.program);
        }
        QemuImgProgram found = QemuImgTrials.probe(runner, path.toString());
        seen.put(path, new Seen(file, found));
        return QemuImg.of(found);
    }

    /** Forgets all: the next call probes again, as it should after a library that qemu-img uses has changed. */
    public void forget() {
        seen.clear();
    }
}
