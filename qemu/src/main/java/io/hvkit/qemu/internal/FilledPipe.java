package io.hvkit.qemu.internal;

import com.sun.jna.LastErrorException;
import com.sun.jna.NativeLong;
import java.io.File;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A pipe with bytes in it, for a program to find on its standard input, and then the end. The kernel takes them from where they
 * are; the Java heap never holds them. What nobody has read is gone when this and all who opened it have closed it.
 */
public final class FilledPipe implements AutoCloseable {

    /** The least that any pipe holds: so much is written before anybody reads. */
    public static final int ROOM = 4096;

    private final Libc libc;
    private final int readingEnd;
    private final int writingEnd;
    private final AtomicBoolean closed = new AtomicBoolean();

    private FilledPipe(Libc libc, int[] ends) {
        this.libc = libc;
        this.readingEnd = ends[0];
        this.writingEnd = ends[1];
    }

    /**
     * Returns a new pipe with these bytes; nothing if there is no native code in this JVM.
     *
     * @param bytes a direct buffer, of at most {@link #ROOM}
     * @throws LastErrorException if the kernel refuses
     */
    public static Optional<FilledPipe> holding(ByteBuffer bytes) {
        if (!bytes.isDirect() || bytes.remaining() > ROOM) {
            throw new IllegalArgumentException("no direct buffer of at most " + ROOM + " bytes");
        }
        return Libc.load().map(libc -> holding(bytes, libc));
    }

    private static FilledPipe holding(ByteBuffer bytes, Libc libc) {
        int[] ends = new int[2];
        libc.pipe2(ends, Libc.O_CLOEXEC);
        FilledPipe pipe = new FilledPipe(libc, ends);
        boolean filled = false;
        try {
            // so few bytes are written whole or not at all
            libc.write(pipe.writingEnd, bytes.slice(), new NativeLong(bytes.remaining()));
            filled = true;
        } finally {
            if (!filled) {
                pipe.close();
            }
        }
        return pipe;
    }

    /** Returns where this process opens it for reading, as long as this is open. */
    public File readingEnd() {
        return new File("/proc/self/fd/" + readingEnd);
    }

    /** Closes both ends here: whoever has opened it comes to its end after the bytes. Closing twice does nothing. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            libc.close(writingEnd);
            libc.close(readingEnd);
        }
    }
}
