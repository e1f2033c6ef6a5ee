package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a copy of a file in another file's place, on whichever host a runner's programs run: it is made beside that, and takes its name
 * in one step once all of it is on the disk. Whatever ends it, the name has what was there or all of the copy.
 */
public final class FileReplacement {

    private static final Logger LOG = LoggerFactory.getLogger(FileReplacement.class);

    private static final String COPY = """
            cp --reflink=auto --sparse=always --no-target-directory -- "$1" "$2"
            """;

    /** The new file belongs to whom the file belonged that it replaces. Once it has the name there is no way back. */
    private static final String TAKE_NAME = """
            chown --reference="$3" -- "$2"
            chmod --reference="$3" -- "$2"
            sync -- "$2"
            mv --force --no-target-directory -- "$2" "$3"
            sync -- "${3%/*}/" || echo "its name may not outlive a loss of power" >&2
            exit 0
            """;

    private static final String BEGIN = """
            set -e
            [ ! -L "$3" ] || { echo "$3 is a link, and nothing is put in its place" >&2; exit 1; }
            """;

    private final CommandRunner runner;

    private FileReplacement(CommandRunner runner) {
        this.runner = runner;
    }

    /** Returns what replaces files by programs that {@code runner} runs, which need a POSIX shell and coreutils. */
    public static FileReplacement by(CommandRunner runner) {
        return new FileReplacement(runner);
    }

    /**
     * Makes {@code target} the same bytes as {@code source}; holes stay holes. Nobody may write to either meanwhile. Whoever has the
     * old file open keeps that one.
     *
     * @throws DriverException with {@code NOT_FOUND} if one is not there, {@code INVALID_REQUEST} if one is no regular file or both are
     *     the same, {@code EXHAUSTED} if there is no room; the target is as it was then, and nothing is left beside it
     */
    public void replace(Path source, Path target) throws InterruptedException {
        HostFiles files = runner.files();
        FileStatus from = required(files, source);
        if (from.isSameAs(required(files, target))) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message("%s and %s are the same file; a copy needs another place", source, target);
        }
        Path beside = target.resolveSibling(PartialName.next().toString());
        try {
            files.create(beside);
            run(BEGIN + COPY + TAKE_NAME, source, beside, target);
        } catch (InterruptedException | RuntimeException | Error e) {
            discard(files, beside, e);
            throw e;
        }
    }

    /** Gives a complete file, beside the target, the target's name and owner; the target is as it was if that fails. */
    void install(Path complete, Path target) throws InterruptedException {
        run(BEGIN + TAKE_NAME, complete, complete, target);
    }

    private static FileStatus required(HostFiles files, Path path) throws InterruptedException {
        FileStatus status = files.status(path);
        if (status.isFree()) {
            throw DriverException.because(Failure.NOT_FOUND)
                    .effect(Effect.NOT_APPLIED)
                    .message("%s is not there", path);
        }
        if (status.kind() != FileStatus.Kind.REGULAR_FILE) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message("%s is no regular file, and only those are copied as they are", path);
        }
        return status;
    }

    private void run(String script, Path source, Path beside, Path target) throws InterruptedException {
        CommandResult result = runner.run(
                Command.of("sh", "-c", script, "replace", source.toString(), beside.toString(), target.toString())
                        .providedBy("coreutils")
                        .untilDone());
        if (!result.succeeded()) {
            throw result.failure("copying " + source + " to " + target, Effect.NOT_APPLIED, source, beside, target);
        }
        if (!result.errors().isBlank()) {
            LOG.warn(
                    "{} holds what {} does: {}", target, source, result.errors().strip());
        }
    }

    static void discard(HostFiles files, Path beside, Throwable reason) {
        try {
            Uninterrupted.run(() -> files.remove(beside));
        } catch (DriverException e) {
            reason.addSuppressed(e);
        }
    }
}
