package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The lock that QEMU and its tools put on an image file while they have it open, taken here to find out whether anybody has, and
 * to keep everybody off while it is held. Sees processes of this machine, and of others where the file system passes locks on;
 * not those that were told not to lock. qemu-img's own answer is not enough: it looks at a raw or LUKS image without taking the
 * lock.
 *
 * <p>QEMU locks bytes from 100 and from 200 on, one for each permission (block/file-posix.c, since QEMU 2.10). The operating
 * system drops the lock as soon as this process closes the file anywhere: hold it briefly.
 */
public final class ImageLock implements AutoCloseable {

    private static final long FIRST = 100;
    private static final long LENGTH = 200;

    private final FileChannel channel;

    private ImageLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock of an image file.
     *
     * @throws DriverException with {@code IN_USE} if a process has the image open, {@code NOT_FOUND} if there is no such file,
     *     {@code HOST_NOT_READY} if the file system has no locks, so that nobody can tell
     */
    public static ImageLock take(Path image) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(
                    image, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
            FileLock lock = channel.tryLock(FIRST, LENGTH, false);
            if (lock == null) {
                throw inUse(image);
            }
            return new ImageLock(channel);
        } catch (OverlappingFileLockException e) {
            throw closing(channel, inUse(image));
        } catch (IOException e) {
            throw closing(channel, Complaint.of("cannot lock " + image, e, Effect.NOT_APPLIED));
        } catch (DriverException e) {
            throw closing(channel, e);
        }
    }

    /** Gives the lock back. Closing twice does nothing. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw Complaint.of("cannot unlock an image", e, Effect.APPLIED);
        }
    }

    private static DriverException inUse(Path image) {
        return DriverException.because(Failure.IN_USE).message("a process has %s open; end that first", image);
    }

    private static DriverException closing(@Nullable FileChannel channel, DriverException reason) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                reason.addSuppressed(e);
            }
        }
        return reason;
    }
}
