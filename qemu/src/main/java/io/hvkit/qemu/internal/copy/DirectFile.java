package io.hvkit.qemu.internal.copy;

import com.sun.jna.LastErrorException;
import io.hvkit.qemu.internal.Libc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A file or block device of this host, past the page cache where the file system, the place and the length allow that, and
 * through it where not. Both ways see the same bytes: the kernel keeps them together.
 */
public final class DirectFile implements BlockFile {

    /** Buffers that begin at a multiple of this in memory can go past the page cache. */
    public static final int ALIGNMENT = 4096;

    /** Whether the page cache is passed by. */
    public enum Way {
        /** Where possible. */
        DIRECT,
        /** Never. */
        CACHED
    }

    /** ExtendedOpenOption.DIRECT, which javac warns of wherever it is named; nothing in a JVM that lacks it. */
    private static final Optional<OpenOption> PAST_THE_CACHE = pastTheCache();

    private final FileChannel cached;
    private final Optional<FileChannel> direct;
    private final Clearing clearing;
    private volatile boolean refused;

    private DirectFile(FileChannel cached, Optional<FileChannel> direct, Clearing clearing) {
        this.cached = cached;
        this.direct = direct;
        this.clearing = clearing;
    }

    /** Opens what is there for reading. */
    public static DirectFile forReading(Path path, Way way) throws IOException {
        return open(path, way, Set.of(StandardOpenOption.READ), Clearing.none());
    }

    /** Opens what is there for reading and writing. */
    public static DirectFile forWriting(Path path, Way way, Libc libc) throws IOException {
        Set<StandardOpenOption> options = Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
        Clearing clearing = Clearing.of(libc, path);
        try {
            return open(path, way, options, clearing);
        } catch (IOException | RuntimeException e) {
            clearing.close();
            throw e;
        }
    }

    private static DirectFile open(Path path, Way way, Set<StandardOpenOption> options, Clearing clearing)
            throws IOException {
        FileChannel cached = FileChannel.open(path, options);
        try {
            Optional<FileChannel> direct = way == Way.DIRECT ? direct(path, options) : Optional.empty();
            return new DirectFile(cached, direct, clearing);
        } catch (IOException | RuntimeException e) {
            cached.close();
            throw e;
        }
    }

    private static Optional<FileChannel> direct(Path path, Set<StandardOpenOption> options) throws IOException {
        if (PAST_THE_CACHE.isEmpty() || Files.getFileStore(path).getBlockSize() > ALIGNMENT) {
            return Optional.empty();
        }
        Set<OpenOption> all = new HashSet<>(options);
        all.add(PAST_THE_CACHE.get());
        try {
            return Optional.of(FileChannel.open(path, all));
        } catch (IOException | UnsupportedOperationException e) {
            return Optional.empty(); // a file system such as ramfs; it was opened the other way a moment ago
        }
    }

    private static Optional<OpenOption> pastTheCache() {
        try {
            return Stream.of(
                            Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants())
                    .filter(option -> option.toString().equals("DIRECT"))
                    .map(OpenOption.class::cast)
                    .findFirst();
        } catch (ClassNotFoundException e) {
            return Optional.empty();
        }
    }

    @Override
    public void read(ByteBuffer buffer, long at) throws IOException {
        transfer(buffer, at, (channel, part, place) -> channel.read(part, place));
    }

    @Override
    public void write(ByteBuffer buffer, long at) throws IOException {
        transfer(buffer, at, (channel, part, place) -> channel.write(part, place));
    }

    /** Reading or writing, as far as it comes at once. */
    @FunctionalInterface
    private interface Step {
        int on(FileChannel channel, ByteBuffer part, long place) throws IOException;
    }

    private void transfer(ByteBuffer buffer, long at, Step step) throws IOException {
        int start = buffer.position();
        while (buffer.hasRemaining()) {
            if (once(buffer, at + buffer.position() - start, step) < 0) {
                return;
            }
        }
    }

    private int once(ByteBuffer buffer, long at, Step step) throws IOException {
        int whole = buffer.remaining() / ALIGNMENT * ALIGNMENT;
        boolean aligned = at % ALIGNMENT == 0 && buffer.alignmentOffset(buffer.position(), ALIGNMENT) == 0;
        if (direct.isEmpty() || refused || whole == 0 || !aligned) {
            return step.on(cached, buffer, at);
        }
        int end = buffer.limit();
        buffer.limit(buffer.position() + whole);
        try {
            return step.on(direct.get(), buffer, at);
        } catch (IOException e) {
            if (!String.valueOf(e.getMessage()).contains("Invalid argument")) {
                throw e;
            }
            refused = true; // it wants larger pieces than it says, and tells only now
            return step.on(cached, buffer, at);
        } finally {
            buffer.limit(end);
        }
    }

    @Override
    public boolean clear(long at, long length) throws IOException {
        return clearing.clear(at, length);
    }

    @Override
    public void flush() throws IOException {
        cached.force(true);
    }

    @Override
    public void close() throws IOException {
        clearing.close();
        try (cached) {
            if (direct.isPresent()) {
                direct.get().close();
            }
        }
    }

    /** Zeroes that the file system or the device makes itself. */
    private static final class Clearing implements AutoCloseable {

        private final Optional<Libc> libc;
        private final int descriptor;
        private volatile boolean unknown;

        private Clearing(Optional<Libc> libc, int descriptor) {
            this.libc = libc;
            this.descriptor = descriptor;
            this.unknown = libc.isEmpty();
        }

        static Clearing none() {
            return new Clearing(Optional.empty(), -1);
        }

        static Clearing of(Libc libc, Path path) throws IOException {
            try {
                return new Clearing(
                        Optional.of(libc), libc.open(Libc.text(path.toString()), Libc.O_RDWR | Libc.O_CLOEXEC));
            } catch (LastErrorException e) {
                throw new IOException(path + ": " + e.getMessage(), e);
            }
        }

        boolean clear(long at, long length) throws IOException {
            if (unknown) {
                return false;
            }
            try {
                libc.orElseThrow()
                        .fallocate(descriptor, Libc.FALLOC_FL_PUNCH_HOLE | Libc.FALLOC_FL_KEEP_SIZE, at, length);
                return true;
            } catch (LastErrorException e) {
                switch (e.getErrorCode()) {
                    case Libc.EOPNOTSUPP, Libc.ENOSYS, Libc.ENODEV, Libc.EPERM -> unknown = true;
                    case Libc.EINVAL -> {} // smaller than this device's sectors
                    default -> throw new IOException(e.getMessage(), e);
                }
                return false;
            }
        }

        @Override
        public void close() {
            libc.ifPresent(library -> library.close(descriptor));
        }
    }
}
