package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.qemu.internal.Libc;
import io.hvkit.qemu.internal.copy.BlockFile;
import io.hvkit.qemu.internal.copy.DirectFile;
import io.hvkit.qemu.internal.copy.Disk;
import io.hvkit.qemu.internal.luks.Luks1Trial;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The two disks of one copy in this process: locked against all others, opened, and unlocked. */
final class OwnDisks implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(OwnDisks.class);

    /** What cryptsetup and qemu make is 2 MiB. */
    private static final ByteSize LARGEST_HEADER = ByteSize.mebibytes(16);

    private final HostFiles files;
    private final ConvertRequest request;
    private final Deque<AutoCloseable> held = new ArrayDeque<>();
    private Optional<Disk> source = Optional.empty();
    private Optional<Disk> target = Optional.empty();

    /** What shows only when images are opened, and leaves the copy to qemu-img. Nothing was written. */
    static final class UnsuitedException extends Exception {

        private static final long serialVersionUID = 1L;

        UnsuitedException(String reason) {
            super(reason);
        }

        String reason() {
            return String.valueOf(getMessage());
        }
    }

    private OwnDisks(HostFiles files, ConvertRequest request) {
        this.files = files;
        this.request = request;
    }

    /**
     * Opens both.
     *
     * @param target where the target is: under its own name or under that of a file that is not complete
     * @param sourceSize how large the source is, in whole sectors
     * @param room how large the target is
     * @throws UnsuitedException if either is better left to qemu-img, which then says what is wrong, if anything is
     * @throws DriverException with {@code IN_USE} if a process holds the source or an existing target
     */
    static OwnDisks open(HostFiles files, ConvertRequest request, Image target, long sourceSize, long room)
            throws UnsuitedException, InterruptedException {
        OwnDisks disks = new OwnDisks(files, request);
        try {
            disks.openAll(target, sourceSize, room);
            return disks;
        } catch (UnsuitedException | InterruptedException | RuntimeException e) {
            disks.close();
            throw e;
        }
    }

    private void openAll(Image to, long sourceSize, long room) throws UnsuitedException, InterruptedException {
        Image from = request.source();
        Path sourcePath = LocalFiles.linkTarget(from.requirePath());
        Path targetPath = LocalFiles.linkTarget(to.requirePath());
        lock(() -> ImageLock.takeForReading(sourcePath));
        if (request.targetState() != TargetState.ABSENT) {
            lock(() -> ImageLock.take(targetPath));
        }
        Libc libc = Libc.load().orElseThrow();
        source = Optional.of(disk(
                from,
                sourceSize,
                () -> DirectFile.forReading(sourcePath, way(request.profile().source()))));
        target = Optional.of(disk(
                to,
                room,
                () -> DirectFile.forWriting(targetPath, way(request.profile().target()), libc)));
    }

    Disk source() {
        return source.orElseThrow();
    }

    Disk target() {
        return target.orElseThrow();
    }

    @FunctionalInterface
    private interface Locking {
        ImageLock take();
    }

    private void lock(Locking locking) throws UnsuitedException {
        try {
            held.push(locking.take());
        } catch (DriverException e) {
            if (e.failure() == Failure.IN_USE) {
                throw e;
            }
            throw new UnsuitedException("it cannot be locked here: " + e.getMessage());
        }
    }

    @FunctionalInterface
    private interface Opening {
        BlockFile file() throws IOException;
    }

    private Disk disk(Image image, long size, Opening opening) throws UnsuitedException, InterruptedException {
        if (!image.encrypts()) {
            Disk disk = Disk.plain(opened(opening), size);
            held.push(disk);
            return disk;
        }
        Path path = image.requirePath();
        LuksHeader header =
                LuksHeader.read(files, path).orElseThrow(() -> new UnsuitedException(path + " has no LUKS header"));
        ByteSize length = files.status(path).size();
        Optional<String> obstacle = OwnCopyRules.obstacle(header, length);
        if (obstacle.isPresent()) {
            throw new UnsuitedException("of " + path + ", " + obstacle.get());
        }
        if (header.payloadOffset().compareTo(LARGEST_HEADER) > 0) {
            throw new UnsuitedException(path + " has a header of " + header.payloadOffset());
        }
        int offset = (int) header.payloadOffset().bytes();
        if (length.bytes() - offset < size) {
            throw new UnsuitedException(path + " has less than the " + size + " bytes that qemu-img saw");
        }
        byte[] before = files.read(path, 0, offset);
        byte[] master = image.key()
                .orElseThrow()
                .<Optional<byte[]>, RuntimeException>withArray(key -> Luks1Trial.masterKey(before, key))
                .orElseThrow(() -> new UnsuitedException("its key does not open " + path)); // as qemu-img is to say
        Disk disk = Disk.encrypted(opened(opening), offset, size, master);
        held.push(disk);
        return disk;
    }

    private static BlockFile opened(Opening opening) throws UnsuitedException {
        try {
            return opening.file();
        } catch (IOException e) {
            throw new UnsuitedException("it cannot be opened here: " + e);
        }
    }

    private static DirectFile.Way way(PageCache cache) {
        return cache == PageCache.BYPASSED ? DirectFile.Way.DIRECT : DirectFile.Way.CACHED;
    }

    /** Erases the keys, closes the files and gives the locks back. What was copied has been flushed. */
    @Override
    public void close() {
        while (!held.isEmpty()) {
            try {
                held.pop().close();
            } catch (Exception e) {
                LOG.warn("{}: something was not closed", request, e);
            }
        }
    }
}
