package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.vmware.internal.soap.OvfDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where the files of a package are put together: a folder beside their place, which one export has at a time. What a killed process
 * left there is cleared by the next, which knows it by the lock in it; a folder of somebody else is left alone. Files come to their
 * place when all are whole, the descriptor last, and never over others.
 */
final class PackageFolder implements AutoCloseable {

    private static final String SUFFIX = ".ovf";
    private static final String LOCK = ".lock";
    private static final int TOKEN = UUID.randomUUID().toString().length();

    private final Path target;
    private final String base;
    private final Path work;
    private final FolderClaim claim;
    private final FileChannel lock;

    private PackageFolder(Path target, String base, FolderClaim claim, FileChannel lock) {
        this.target = target;
        this.base = base;
        this.work = claim.folder();
        this.claim = claim;
        this.lock = lock;
    }

    /** Opens the one for a descriptor that is to be there. */
    static PackageFolder of(Path descriptor) {
        String name = String.valueOf(descriptor.getFileName());
        if (!name.endsWith(SUFFIX) || name.length() == SUFFIX.length() || !OvfDescriptor.canName(name)) {
            throw refused(Failure.INVALID_REQUEST)
                    .message(
                            "'%s' is no name for an OVF descriptor: it ends with .ovf, and has neither colons, percent signs nor"
                                    + " control characters",
                            name);
        }
        Path target = descriptor.toAbsolutePath().getParent();
        if (target == null || !Files.isDirectory(target)) {
            throw refused(Failure.NOT_FOUND)
                    .message("there is no folder %s for %s; make it first", String.valueOf(target), name);
        }
        String base = name.substring(0, name.length() - SUFFIX.length());
        Path work;
        try {
            work = target.toRealPath().resolve(name + ".part");
        } catch (IOException e) {
            throw unwritable(target, e);
        }
        FolderClaim claim = FolderClaim.on(work).orElseThrow(() -> pending(descriptor));
        FileChannel lock = locked(claim, descriptor);
        try {
            return begun(target, base, claim, lock);
        } catch (IOException e) {
            throw unwritable(work, e);
        }
    }

    /** From here on whoever closes the folder gives it up. */
    private static FileChannel locked(FolderClaim claim, Path descriptor) {
        try {
            return locked(claim.folder(), descriptor);
        } catch (NoSuchFileException e) { // another export has just ended
            claim.end();
            throw pending(descriptor);
        } catch (IOException e) {
            claim.end();
            throw unwritable(claim.folder(), e);
        } catch (RuntimeException e) {
            claim.end();
            throw e;
        }
    }

    private static PackageFolder begun(Path target, String base, FolderClaim claim, FileChannel lock)
            throws IOException {
        PackageFolder folder = new PackageFolder(target, base, claim, lock);
        try {
            folder.clear();
            folder.requireFree(folder.descriptor());
            folder.requireFree(folder.manifest());
            return folder;
        } catch (IOException | RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    private static FileChannel locked(Path work, Path descriptor) throws IOException {
        try {
            Files.createDirectory(work);
        } catch (FileAlreadyExistsException e) {
            requireOurs(work);
        }
        FileChannel channel = FileChannel.open(work.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean held = false;
        try {
            held = isHeld(channel, work.resolve(LOCK));
        } catch (OverlappingFileLockException e) {
            held = false;
        } finally {
            if (!held) {
                channel.close();
            }
        }
        if (!held) {
            throw pending(descriptor);
        }
        return channel;
    }

    /**
     * A lock ends with its process. The file may have been removed since it was opened; then the lock is worth nothing. To see that,
     * it is read, which ends the lock; so it is taken a second time, while the file is known by its key.
     */
    private static boolean isHeld(FileChannel channel, Path file) throws IOException {
        String token = UUID.randomUUID().toString();
        FileLock first = channel.tryLock();
        if (first == null) {
            return false;
        }
        channel.write(ByteBuffer.wrap(token.getBytes(StandardCharsets.UTF_8)), 0);
        Object key = key(file);
        if (!Files.readString(file).equals(token) || !Objects.equals(key(file), key)) {
            return false;
        }
        first.release();
        return channel.tryLock() != null && Objects.equals(key(file), key);
    }

    private static @Nullable Object key(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    /** What is cleared must have been left by an export: that has our lock in it, or nothing yet. */
    private static void requireOurs(Path work) throws IOException {
        if (!Files.readAttributes(work, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isDirectory()) {
            throw foreign(work);
        }
        Path lock = work.resolve(LOCK);
        long others;
        try (Stream<Path> left = Files.list(work)) {
            others = left.filter(file -> !file.equals(lock)).count();
        }
        if (!Files.exists(lock, LinkOption.NOFOLLOW_LINKS)) {
            if (others > 0) {
                throw foreign(work);
            }
            return;
        }
        // An export that is killed at once leaves an empty lock and nothing else.
        long size = Files.isRegularFile(lock, LinkOption.NOFOLLOW_LINKS) ? Files.size(lock) : -1;
        if (size != TOKEN && (size != 0 || others > 0)) {
            throw foreign(work);
        }
    }

    private static DriverException foreign(Path work) {
        return refused(Failure.EXISTS_DIFFERENTLY)
                .message(
                        "%s is where the package would be put together, and is not what an export left: it has no lock of ours."
                                + " Nothing in it is touched; move it away, or name another place",
                        work);
    }

    private static DriverException pending(Path descriptor) {
        return refused(Failure.OPERATION_PENDING)
                .message("a machine is just being exported to %s; wait for that, or name another place", descriptor);
    }

    String descriptor() {
        return base + SUFFIX;
    }

    String manifest() {
        return base + ".mf";
    }

    /** Returns the name of a file of the package. */
    String named(int number, String ending) {
        return base + "-" + number + "." + ending;
    }

    /** Returns where a file is written to, which is not there yet. */
    Path draft(String name) {
        requireFree(name);
        return work.resolve(name);
    }

    private void requireFree(String name) {
        if (Files.exists(target.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
            throw taken(name);
        }
    }

    private DriverException taken(String name) {
        return refused(Failure.EXISTS_DIFFERENTLY)
                .message(
                        "file %s is there already, and nothing is overwritten; name another place",
                        target.resolve(name));
    }

    /** Writes a text. */
    Path write(String name, String text) {
        try {
            return Files.writeString(draft(name), text, StandardOpenOption.CREATE_NEW);
        } catch (IOException e) {
            throw unwritable(work.resolve(name), e);
        }
    }

    /** Brings files to their place, in that order, and returns them; all of them, or none. */
    List<Path> published(List<String> names) {
        List<Path> there = new ArrayList<>();
        try {
            for (String name : names) {
                there.add(Files.move(draft(name), target.resolve(name)));
            }
            return List.copyOf(there);
        } catch (IOException e) {
            there.forEach(PackageFolder::remove);
            throw e instanceof FileAlreadyExistsException
                    ? taken(String.valueOf(e.getMessage()))
                    : unwritable(target, e);
        } catch (DriverException e) {
            there.forEach(PackageFolder::remove);
            throw e;
        }
    }

    private void clear() throws IOException {
        rest().forEach(PackageFolder::remove);
    }

    /** Returns what is in it besides the lock. */
    private List<Path> rest() throws IOException {
        try (Stream<Path> all = Files.list(work)) {
            return all.filter(file -> !file.equals(work.resolve(LOCK))).toList();
        }
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            System.getLogger(PackageFolder.class.getName())
                    .log(System.Logger.Level.WARNING, "{0} is left, and belongs to no package: {1}", file, e);
        }
    }

    /** Removes all that has not come to its place; the lock only with the rest, which would be nobody's without it. */
    @Override
    public void close() {
        try (FileChannel held = lock) {
            if (held.isOpen()) {
                clear();
                if (rest().isEmpty()) {
                    remove(work.resolve(LOCK));
                    remove(work);
                }
            }
        } catch (IOException e) {
            System.getLogger(PackageFolder.class.getName())
                    .log(System.Logger.Level.WARNING, "{0} is left, and is no package: {1}", work, e);
        } finally {
            claim.end();
        }
    }

    private static DriverException.Draft refused(Failure failure) {
        return DriverException.because(failure).effect(Effect.NOT_APPLIED);
    }

    private static DriverException unwritable(Path file, IOException e) {
        return refused(Failure.HOST_NOT_READY).causedBy(e).message("%s cannot be written: %s", file, e.toString());
    }
}
