package io.hvkit.qemu.internal;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Arrays;
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
            libc.fcntl(file.descriptor, Libc.F_OFD_SETLK, wanted(first, length));
            return Optional.of(file);
        } catch (LastErrorException e) {
            file.close();
            if (e.getErrorCode() == Libc.EAGAIN || e.getErrorCode() == Libc.EACCES) {
                return Optional.empty();
            }
            throw new IOException(path + ": " + e.getMessage(), e);
        }
    }

    /** Gives it back. Closing twice does nothing. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            libc.close(descriptor);
        }
    }

    private static int open(Libc libc, Path path) throws IOException {
        byte[] name = path.toString().getBytes(Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8")));
        try {
            return libc.open(Arrays.copyOf(name, name.length + 1), Libc.O_RDWR | Libc.O_CLOEXEC | Libc.O_NOFOLLOW);
        } catch (LastErrorException e) {
            throw new IOException(path + ": " + e.getMessage(), e);
        }
    }

    private static ByteBuffer wanted(long first, long length) {
        return ByteBuffer.allocateDirect(FLOCK_BYTES)
                .order(ByteOrder.nativeOrder())
                .putShort(0, Libc.F_WRLCK)
                .putLong(START, first)
                .putLong(LENGTH, length);
    }
}
