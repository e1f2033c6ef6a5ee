package io.hvkit.qemu.internal;

import com.sun.jna.LastErrorException;
import com.sun.jna.NativeLong;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** A file in memory without a name, readable by this user's processes under {@code /proc}; wiped, then gone, when closed. */
public final class MemoryFile implements AutoCloseable {

    private static final int OWNER_READS = 0400;

    private final Libc libc;
    private final int descriptor;
    private final int length;
    private final AtomicBoolean closed = new AtomicBoolean();

    private MemoryFile(Libc libc, int descriptor, int length) {
        this.libc = libc;
        this.descriptor = descriptor;
        this.length = length;
    }

    /** Returns why this cannot be had here; nothing if it can. */
    public static Optional<String> obstacle() {
        try {
            holding(ByteBuffer.allocate(1)).close();
            return Optional.empty();
        } catch (LastErrorException e) {
            return Optional.of("memfd_create says " + e.getMessage());
        } catch (UnsupportedOperationException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Returns a new file with these bytes.
     *
     * @throws LastErrorException if the kernel refuses
     * @throws UnsupportedOperationException if there is no native code in this JVM
     */
    public static MemoryFile holding(ByteBuffer bytes) {
        Libc libc = Libc.load()
                .orElseThrow(() -> new UnsupportedOperationException("JNA cannot load the C library into this JVM"));
        int length = bytes.remaining();
        MemoryFile file = new MemoryFile(libc, create(libc), length);
        ByteBuffer copy = ByteBuffer.allocateDirect(length).put(bytes);
        boolean written = false;
        try {
            file.write(copy.flip());
            libc.fchmod(file.descriptor, OWNER_READS);
            written = true;
        } finally {
            copy.clear().put(new byte[length]);
            if (!written) {
                file.close();
            }
        }
        return file;
    }

    /** Returns where this user's processes find it. */
    public Path path() {
        return Path.of("/proc", Long.toString(ProcessHandle.current().pid()), "fd", Integer.toString(descriptor));
    }

    /** Overwrites the bytes with zeroes and closes it; closing twice does nothing. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            write(ByteBuffer.allocateDirect(length));
        } finally {
            libc.close(descriptor);
        }
    }

    private void write(ByteBuffer bytes) {
        long written = libc.pwrite(descriptor, bytes, new NativeLong(length), 0).longValue();
        if (written != length) {
            throw new LastErrorException("memory is full: " + written + " of " + length + " bytes were written");
        }
    }

    private static int create(Libc libc) {
        try {
            return libc.memfd_create("key", Libc.MFD_CLOEXEC | Libc.MFD_NOEXEC_SEAL);
        } catch (LastErrorException e) {
            return libc.memfd_create("key", Libc.MFD_CLOEXEC); // an older kernel, or a true failure, which comes again
        }
    }
}
