package io.hvkit.qemu.internal;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A lock on bytes of a file that belongs to the file as it was opened here, as QEMU's do. Java's own belong to the process, and
 * the system drops those as soon as any part of the process closes the same file: one thread that reads a header would take the
 * lock from another.
 */
public final class OpenFileLock implements AutoCloseable {

    // struct flock of Linux on 64-bit processors
    private static final int FLOCK_BYTES = 32;
    private static final int START = 8;
    private static final int LENGTH = 16;

    private final Libc libc;
    private final int descriptor;
    private final AtomicBoolean closed = new AtomicBoolean();

    private OpenFileLock(Libc libc, int descriptor) {
        this.libc = libc;
        this.descriptor = descriptor;
    }

    /**
     * Takes it, not following a link.
     *
     * @return nothing if somebody else has a lock there
     * @throws IOException if there is no such file, it may not be opened, or its file system has no locks
     */
    public static Optional<OpenFileLock> take(Libc libc, Path path, long first, long length) throws IOException {
        OpenFileLock file = new OpenFileLock(libc, open(libc, path));
        try {
            libc.fcntl(file.descriptor, Libc.F_OFD_SETLK, wanted(Libc.F_WRLCK, first, length));
            return Optional.of(file);
        } catch (LastErrorException e) {
            return refused(file, path, e);
        }
    }

    /**
     * Takes a lock on each of some bytes that others may take too, not following a link.
     *
     * @param free bytes on which nobody else may have any lock, now; they are looked at after the others are taken, so that of
     *     two who come at once at least one sees the other
     * @return nothing if somebody else is in the way
     * @throws IOException if there is no such file, it may not be opened, or its file system has no locks
     */
    public static Optional<OpenFileLock> share(Libc libc, Path path, List<Long> shared, List<Long> free)
            throws IOException {
        OpenFileLock file = new OpenFileLock(libc, open(libc, path));
        try {
            for (long each : shared) {
                libc.fcntl(file.descriptor, Libc.F_OFD_SETLK, wanted(Libc.F_RDLCK, each, 1));
            }
            for (long each : free) {
                ByteBuffer answer = wanted(Libc.F_WRLCK, each, 1);
                libc.fcntl(file.descriptor, Libc.F_OFD_GETLK, answer);
                if (answer.getShort(0) != Libc.F_UNLCK) {
                    file.close();
                    return Optional.empty();
                }
            }
            return Optional.of(file);
        } catch (LastErrorException e) {
            return refused(file, path, e);
        }
    }

    private static Optional<OpenFileLock> refused(OpenFileLock file, Path path, LastErrorException e)
            throws IOException {
        file.close();
        if (e.getErrorCode() == Libc.EAGAIN || e.getErrorCode() == Libc.EACCES) {
            return Optional.empty();
        }
        throw new IOException(path + ": " + e.getMessage(), e);
    }

    /** Gives it back. Closing twice does nothing. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            libc.close(descriptor);
        }
    }

    private static int open(Libc libc, Path path) throws IOException {
        try {
            return libc.open(Libc.text(path.toString()), Libc.O_RDWR | Libc.O_CLOEXEC | Libc.O_NOFOLLOW);
        } catch (LastErrorException e) {
            throw new IOException(path + ": " + e.getMessage(), e);
        }
    }

    private static ByteBuffer wanted(short type, long first, long length) {
        return ByteBuffer.allocateDirect(FLOCK_BYTES)
                .order(ByteOrder.nativeOrder())
                .putShort(0, type)
                .putLong(START, first)
                .putLong(LENGTH, length);
    }
}
