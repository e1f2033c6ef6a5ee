package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.qemu.internal.Libc;
import io.hvkit.qemu.internal.OpenFileLock;
import java.io.IOException;
import java.nio.file.Path;

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
        Libc libc = Libc.load()
                .orElseThrow(() -> DriverException.because(Failure.HOST_NOT_READY)
                        .message(
                                "whether a process has %s open cannot be told, since this JVM loads no native code; allow it with"
                                        + " --enable-native-access=ALL-UNNAMED",
                                image));
        try {
            return new ImageLock(OpenFileLock.take(libc, ImagePath.of(image), FIRST, LENGTH)
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
