package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.qemu.internal.Libc;
import io.hvkit.qemu.internal.OpenFileLock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The lock that QEMU and its tools put on an image file while they have it open, taken here to find out whether anybody has, and
 * to keep everybody off while it is held. Sees processes of this machine, and of others where the file system passes locks on;
 * not those that were told not to lock. qemu-img's own answer is not enough: it looks at a raw or LUKS image without taking the
 * lock.
 *
 * <p>QEMU locks bytes from 100 and from 200 on, one for each permission (block/file-posix.c, since QEMU 2.10). The lock is held
 * until it is closed, whatever else this process does with the file.
 */
public final class ImageLock implements AutoCloseable {

    private static final long FIRST = 100;
    private static final long LENGTH = 200;
    private static final long NOT_SHARED = FIRST + 100;
    // the permissions, by QEMU's numbers
    private static final long CONSISTENT_READ = 0;
    private static final long WRITE = 1;
    private static final long RESIZE = 3;

    private final OpenFileLock lock;

    private ImageLock(OpenFileLock lock) {
        this.lock = lock;
    }

    /**
     * Takes the lock of an image file; a link is not followed.
     *
     * @throws DriverException with {@code IN_USE} if a process has the image open, {@code NOT_FOUND} if there is no such file,
     *     {@code HOST_NOT_READY} if the file system has no locks or this JVM loads no native code, so that nobody can tell
     */
    public static ImageLock take(Path image) {
        return locked(image, (libc, path) -> OpenFileLock.take(libc, path, FIRST, LENGTH));
    }

    /**
     * Takes the lock of an image file as QEMU does to read it: while it is held nobody writes or removes the image, and others
     * read it. A link is not followed.
     *
     * @throws DriverException with {@code IN_USE} if a process has the image open for writing, or for itself alone; else as {@link
     *     #take} has
     */
    public static ImageLock takeForReading(Path image) {
        return locked(
                image,
                (libc, path) -> OpenFileLock.share(
                        libc,
                        path,
                        List.of(FIRST + CONSISTENT_READ, NOT_SHARED + WRITE, NOT_SHARED + RESIZE),
                        List.of(FIRST + WRITE, FIRST + RESIZE, NOT_SHARED + CONSISTENT_READ)));
    }

    @FunctionalInterface
    private interface Taking {
        Optional<OpenFileLock> of(Libc libc, Path path) throws IOException;
    }

    private static ImageLock locked(Path image, Taking taking) {
        Libc libc = Libc.load()
                .orElseThrow(() -> DriverException.because(Failure.HOST_NOT_READY)
                        .message(
                                "whether a process has %s open cannot be told, since this JVM loads no native code; allow it with"
                                        + " --enable-native-access=ALL-UNNAMED",
                                image));
        try {
            return new ImageLock(taking.of(libc, ImagePath.of(image))
                    .orElseThrow(() -> DriverException.because(Failure.IN_USE)
                            .message("a process has %s open; end that first", image)));
        } catch (IOException e) {
            throw Complaint.of("cannot lock " + image, e, Effect.NOT_APPLIED);
        }
    }

    /** Gives the lock back. Closing twice does nothing. */
    @Override
    public void close() {
        lock.close();
    }
}
