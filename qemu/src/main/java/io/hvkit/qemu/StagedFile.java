package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that is made under another name and appears under its own when it is complete, never in place of what is there. Its
 * owner alone may read and write it.
 */
final class StagedFile {

    private static final Logger LOG = LoggerFactory.getLogger(StagedFile.class);

    private final HostFiles files;
    private final Path target;
    private final Path path;

    private StagedFile(HostFiles files, Path target, Path path) {
        this.files = files;
        this.target = target;
        this.path = path;
    }

    /** What fills the file. */
    @FunctionalInterface
    interface Work {
        /** Does it, on an empty file. */
        void on(Path file) throws InterruptedException;
    }

    /**
     * Makes the file at {@code target}, or leaves nothing behind.
     *
     * @throws DriverException with {@code EXISTS_DIFFERENTLY} if there is something at {@code target}, then or when the work is
     *     done, {@code NOT_FOUND} if its folder is missing, or what {@code work} throws, with effect {@code NOT_APPLIED}
     */
    static void make(HostFiles files, Path target, Work work) throws InterruptedException {
        StagedFile file = beside(files, target);
        try {
            work.on(file.path);
        } catch (DriverException e) {
            file.discard(e);
            throw file.undone(e);
        } catch (InterruptedException | RuntimeException | Error e) {
            file.discard(e);
            throw e;
        }
        file.publish();
    }

    private static StagedFile beside(HostFiles files, Path target) throws InterruptedException {
        if (!files.status(target).isFree()) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("%s exists and is never overwritten; remove it, or take another name", target);
        }
        Path path = target.resolveSibling(PartialName.next().toString());
        StagedFile file = new StagedFile(files, target, path);
        try {
            files.create(path);
        } catch (InterruptedException e) {
            file.discard(e);
            throw e;
        } catch (DriverException e) {
            if (e.effect() != Effect.NOT_APPLIED) {
                file.discard(e);
            }
            throw e;
        }
        return file;
    }

    /** Publishes whatever happens meanwhile: what is complete is not thrown away, and the caller's next wait hears of it. */
    private void publish() {
        FileStatus complete = seen(path);
        try {
            Uninterrupted.run(() -> files.publish(path, target));
        } catch (DriverException e) {
            // Whatever the effect: who begins again after an interruption finds nothing to publish any more.
            if (isPublished(complete, e)) {
                LOG.warn("{} is complete, though publishing it seemed to fail: {}", target, e.toString());
                discard(e);
                return;
            }
            discard(e);
            throw e;
        }
    }

    private boolean isPublished(FileStatus complete, DriverException doubt) {
        try {
            return complete.isSameAs(seen(target));
        } catch (DriverException e) {
            doubt.addSuppressed(e);
            return false; // nobody can tell now, and the effect of the first failure says so
        }
    }

    private FileStatus seen(Path at) {
        FileStatus[] answer = {FileStatus.NOTHING};
        Uninterrupted.run(() -> answer[0] = files.status(at));
        return answer[0];
    }

    private void discard(Throwable reason) {
        try {
            Uninterrupted.run(() -> files.remove(path));
        } catch (DriverException e) {
            reason.addSuppressed(e);
        }
    }

    /** Returns the failure of the work, which has no effect once its file is gone. */
    private DriverException undone(DriverException e) {
        if (e.effect() == Effect.NOT_APPLIED || !isGone(e)) {
            return e;
        }
        return Afterwards.with(Effect.NOT_APPLIED, e);
    }

    private boolean isGone(DriverException reason) {
        try {
            return seen(path).isFree();
        } catch (DriverException e) {
            reason.addSuppressed(e);
            return false;
        }
    }
}
