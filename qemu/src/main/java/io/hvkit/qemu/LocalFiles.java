package io.hvkit.qemu;

import com.sun.jna.LastErrorException;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.qemu.internal.Libc;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of this host. Nothing here waits, so nothing is interrupted. */
final class LocalFiles implements HostFiles {

    private static final Logger LOG = LoggerFactory.getLogger(LocalFiles.class);
    private static final Path KNOWN_DEVICES = Path.of("/sys/dev/block");
    private static final int S_IFMT = 0xF000;
    private static final int S_IFBLK = 0x6000;
    private static final int S_IFDIR = 0x4000;
    private static final int S_IFREG = 0x8000;

    @Override
    public FileStatus status(Path path) {
        try {
            return seen(path, Files.readAttributes(path, "unix:mode,size,lastModifiedTime,dev,ino,rdev"));
        } catch (NoSuchFileException e) {
            return leadingNowhere(path);
        } catch (IOException e) {
            throw Complaint.of("cannot look at " + path, e, Effect.NOT_APPLIED);
        }
    }

    private static FileStatus leadingNowhere(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS) ? FileStatus.LEADS_NOWHERE : FileStatus.NOTHING;
    }

    private static FileStatus seen(Path path, Map<String, Object> attributes) throws IOException {
        Instant modified =
                attributes.get("lastModifiedTime") instanceof FileTime time ? time.toInstant() : Instant.EPOCH;
        String file = number(attributes, "dev") + ":" + number(attributes, "ino");
        return switch ((int) number(attributes, "mode") & S_IFMT) {
            case S_IFREG ->
                new FileStatus(
                        FileStatus.Kind.REGULAR_FILE, ByteSize.bytes(number(attributes, "size")), modified, file);
            case S_IFBLK -> device(path, number(attributes, "rdev"), modified);
            case S_IFDIR -> new FileStatus(FileStatus.Kind.FOLDER, ByteSize.ZERO, modified, file);
            default -> new FileStatus(FileStatus.Kind.OTHER, ByteSize.ZERO, modified, file);
        };
    }

    private static long number(Map<String, Object> attributes, String name) {
        return ((Number) Objects.requireNonNull(attributes.get(name), name)).longValue();
    }

    /** A device may go between two looks; opening what has gone fails with the words of whatever cannot be opened. */
    private static FileStatus device(Path path, long number, Instant modified) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            return new FileStatus(
                    FileStatus.Kind.BLOCK_DEVICE, ByteSize.bytes(file.length()), modified, "device " + number);
        } catch (FileNotFoundException e) {
            if (Files.exists(path) && !hasGone(number)) {
                throw e;
            }
            return leadingNowhere(path);
        }
    }

    /** The node of a device may outlive it; the kernel knows it no longer. The number is as glibc puts it together (sys/sysmacros.h). */
    private static boolean hasGone(long number) {
        long major = (number >>> 8 & 0xfff) | (number >>> 32 & ~0xfffL);
        long minor = (number & 0xff) | (number >>> 12 & 0xffffff00L);
        return Files.isDirectory(KNOWN_DEVICES) && !Files.exists(KNOWN_DEVICES.resolve(major + ":" + minor));
    }

    @Override
    public byte[] read(Path path, long offset, int count) {
        ImagePath.requireBytes(path, status(path));
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            byte[] bytes = new byte[(int) Math.max(0, Math.min(count, file.length() - offset))];
            file.seek(offset);
            file.readFully(bytes);
            return bytes;
        } catch (IOException e) {
            throw Complaint.of("cannot read " + path, e, Effect.NOT_APPLIED);
        }
    }

    @Override
    public void create(Path path) {
        try {
            Files.createFile(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (IOException e) {
            throw Complaint.of("cannot make a file for a new image", e, Effect.NOT_APPLIED);
        }
    }

    @Override
    public void publish(Path from, Path to) {
        boolean interrupted = Thread.interrupted(); // or the folder, opened to be settled, is closed under our hands
        try {
            move(from, to);
            settle(to);
        } catch (IOException e) {
            throw Complaint.of("cannot publish " + to, e, Effect.NOT_APPLIED);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void move(Path from, Path to) throws IOException {
        try {
            Files.createLink(to, from);
        } catch (FileAlreadyExistsException e) {
            if (!status(from).isSameAs(status(to))) {
                throw taken(to, e);
            }
        } catch (NoSuchFileException e) {
            throw e;
        } catch (FileSystemException | UnsupportedOperationException e) {
            rename(from, to, e); // a file system without hard links, such as FAT
            return;
        }
        try {
            Files.delete(from);
        } catch (IOException e) {
            LOG.warn("{} is complete, but its second name {} is still there: {}", to, from, e.toString());
        }
    }

    /** Renames without replacing, in one step; {@code reason} is why that is needed. */
    static void rename(Path from, Path to, Exception reason) throws IOException {
        Libc libc = Libc.load().orElseThrow(() -> new IOException("no hard link and no native code", reason));
        try {
            libc.renameat2(
                    Libc.AT_FDCWD,
                    Libc.text(from.toString()),
                    Libc.AT_FDCWD,
                    Libc.text(to.toString()),
                    Libc.RENAME_NOREPLACE);
        } catch (LastErrorException e) {
            if (Files.exists(to, LinkOption.NOFOLLOW_LINKS)) {
                throw taken(to, e);
            }
            IOException failed = new IOException("neither hard link nor rename: " + e.getMessage(), e);
            failed.addSuppressed(reason);
            throw failed;
        }
    }

    private static void settle(Path path) {
        Path folder = path.getParent();
        try (FileChannel channel = FileChannel.open(folder == null ? path : folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            LOG.warn("{} is complete, but its name may not outlive a loss of power: {}", path, e.toString());
        }
    }

    @Override
    public void remove(Path path) {
        try {
            if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message("%s is a folder, and only files are removed", path);
            }
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw Complaint.of("cannot remove " + path, e, Effect.NOT_APPLIED);
        }
    }

    @Override
    public List<String> list(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> String.valueOf(entry.getFileName())).toList();
        } catch (IOException e) {
            throw Complaint.of("cannot list " + folder, e, Effect.NOT_APPLIED);
        } catch (UncheckedIOException e) {
            throw Complaint.of("cannot list " + folder, new IOException(e.getMessage(), e), Effect.NOT_APPLIED);
        }
    }

    private static DriverException taken(Path path, Exception cause) {
        return DriverException.because(Failure.EXISTS_DIFFERENTLY)
                .causedBy(cause)
                .message("%s appeared while it was being made, and was left alone", path);
    }

    /** Returns what a path leads to, through all links. */
    static Path linkTarget(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            throw Complaint.of("cannot look at " + path, e, Effect.NOT_APPLIED);
        }
    }
}
