package io.hvkit.qemu;

import com.sun.jna.LastErrorException;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.qemu.internal.Libc;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that is made under another name and appears under its own when it is complete, never in place of what is there. Its
 * owner alone may read and write it.
 */
final class StagedFile {

    private static final Logger LOG = LoggerFactory.getLogger(StagedFile.class);
    private static final String PREFIX = ".hvkit-";
    private static final String SUFFIX = ".partial";

    private final Path target;
    private final Path path;

    private StagedFile(Path target, Path path) {
        this.target = target;
        this.path = path;
    }

    /** What fills the file. */
    @FunctionalInterface
    interface Work {
        /** Does it, on an empty file. */
        void on(Path file) throws InterruptedException;
    }

    /**
     * Makes the file at {@code target}, or leaves nothing behind.
     *
     * @throws DriverException with {@code EXISTS_DIFFERENTLY} if there is something at {@code target}, then or when the work is
     *     done, {@code NOT_FOUND} if its folder is missing, or what {@code work} throws, with effect {@code NOT_APPLIED}
     */
    static void make(Path target, Work work) throws InterruptedException {
        StagedFile file = beside(target);
        try {
            work.on(file.path);
            file.publish();
        } catch (DriverException e) {
            file.discard(e);
            throw file.undone(e);
        } catch (InterruptedException | RuntimeException | Error e) {
            file.discard(e);
            throw e;
        }
    }

    private static StagedFile beside(Path target) {
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw taken().message("%s exists and is never overwritten; remove it, or take another name", target);
        }
        Path path = target.resolveSibling(PREFIX + UUID.randomUUID() + SUFFIX);
        blank(path);
        return new StagedFile(target, path);
    }

    /** Makes an empty file that is its owner's alone. */
    static void blank(Path path) {
        try {
            Files.createFile(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (IOException e) {
            throw Complaint.of("cannot make a file for a new image", e, Effect.NOT_APPLIED);
        }
    }

    private void publish() {
        boolean interrupted = Thread.interrupted(); // what is complete is published; the caller's next wait hears of it
        try {
            move();
            settle();
        } catch (IOException e) {
            throw Complaint.of("cannot publish " + target, e, Effect.NOT_APPLIED);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Sees to it that the name outlives a loss of power. */
    private void settle() {
        try (FileChannel folder = FileChannel.open(parent(target), StandardOpenOption.READ)) {
            folder.force(true);
        } catch (IOException e) {
            LOG.warn("{} is complete, but its name may not outlive a loss of power: {}", target, e.toString());
        }
    }

    private void discard(Throwable reason) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    private DriverException undone(DriverException e) {
        if (e.effect() == Effect.NOT_APPLIED || Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return e;
        }
        DriverException.Draft draft =
                DriverException.because(e.failure()).effect(Effect.NOT_APPLIED).causedBy(e);
        return e.vendorCode().map(draft::vendorCode).orElse(draft).message("%s", String.valueOf(e.getMessage()));
    }

    private static Path parent(Path target) {
        Path parent = target.getParent();
        return parent == null ? target : parent;
    }

    private void move() throws IOException {
        try {
            Files.createLink(target, path);
        } catch (FileAlreadyExistsException e) {
            throw taken().causedBy(e).message("%s appeared while it was being made, and was left alone", target);
        } catch (FileSystemException | UnsupportedOperationException e) {
            rename(path, target, e); // a file system without hard links, such as FAT
            return;
        }
        try {
            Files.delete(path);
        } catch (IOException e) {
            LOG.warn("{} is complete, but its second name {} is still there: {}", target, path, e.toString());
        }
    }

    /** Renames without replacing, in one step; {@code reason} is why that is needed. */
    static void rename(Path from, Path to, Exception reason) throws IOException {
        Libc libc = Libc.load().orElseThrow(() -> new IOException("no hard link and no native code", reason));
        try {
            libc.renameat2(Libc.AT_FDCWD, text(from), Libc.AT_FDCWD, text(to), Libc.RENAME_NOREPLACE);
        } catch (LastErrorException e) {
            if (Files.exists(to, LinkOption.NOFOLLOW_LINKS)) {
                throw taken().causedBy(e).message("%s appeared while it was being made, and was left alone", to);
            }
            IOException failed = new IOException("neither hard link nor rename: " + e.getMessage(), e);
            failed.addSuppressed(reason);
            throw failed;
        }
    }

    private static DriverException.Draft taken() {
        return DriverException.because(Failure.EXISTS_DIFFERENTLY);
    }

    private static byte[] text(Path path) {
        byte[] bytes = path.toString().getBytes(Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8")));
        return Arrays.copyOf(bytes, bytes.length + 1);
    }
}
