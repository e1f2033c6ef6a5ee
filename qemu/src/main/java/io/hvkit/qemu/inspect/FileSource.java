package io.hvkit.qemu.inspect;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** A regular file or a block device of this host, open for reading. */
final class FileSource implements ByteSource, AutoCloseable {

    private static final int S_IFMT = 0xF000;
    private static final int S_IFBLK = 0x6000;

    private final Path path;
    private final FileChannel channel;

    private FileSource(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** Opens it; whatever else is there, such as a pipe, is never waited for. */
    static FileSource open(Path path) throws InterruptedException {
        try {
            if (!Files.isRegularFile(path) && !isBlockDevice(path)) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message("%s is neither a regular file nor a block device, so it is no image", path);
            }
            return new FileSource(path, FileChannel.open(path, StandardOpenOption.READ));
        } catch (IOException e) {
            throw failed(path, e);
        }
    }

    @Override
    public ByteSize length() throws InterruptedException {
        try {
            return ByteSize.bytes(channel.size());
        } catch (IOException e) {
            throw failed(path, e);
        }
    }

    @Override
    public byte[] read(long offset, int count) throws InterruptedException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        try {
            while (buffer.hasRemaining() && channel.read(buffer, offset + buffer.position()) >= 0) {
                // a read may return less than there is
            }
        } catch (IOException e) {
            throw failed(path, e);
        }
        return buffer.hasRemaining() ? Arrays.copyOf(buffer.array(), buffer.position()) : buffer.array();
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    private static boolean isBlockDevice(Path path) throws IOException {
        return ((int) Files.getAttribute(path, "unix:mode") & S_IFMT) == S_IFBLK;
    }

    private static DriverException failed(Path path, IOException cause) throws InterruptedException {
        if (cause instanceof ClosedByInterruptException) {
            Thread.interrupted(); // said by the exception from here on
            InterruptedException interrupted = new InterruptedException("interrupted while reading " + path);
            interrupted.initCause(cause);
            throw interrupted;
        }
        return unreadable(path, cause);
    }

    private static DriverException unreadable(Path path, IOException cause) {
        return DriverException.because(
                        cause instanceof NoSuchFileException ? Failure.NOT_FOUND : Failure.HOST_NOT_READY)
                .causedBy(cause)
                .message("cannot read the image at %s: %s", path, cause);
    }
}
