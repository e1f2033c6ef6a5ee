package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.vmware.internal.soap.OvfDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Where the files of a package are put together: a folder beside their place, which one export has at a time. What a killed process
 * left there is cleared by the next. Files come to their place when all are whole, the descriptor last, and never over others.
 */
final class PackageFolder implements AutoCloseable {

    private static final String SUFFIX = ".ovf";
    private static final String LOCK = ".lock";

    private final Path target;
    private final String base;
    private final Path work;
    private final FileChannel lock;

    private PackageFolder(Path target, String base, Path work, FileChannel lock) {
        this.target = target;
        this.base = base;
        this.work = work;
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
        Path work = target.resolve(name + ".part");
        try {
            Files.createDirectories(work);
            PackageFolder folder = new PackageFolder(target, base, work, locked(work, descriptor));
            try {
                folder.clear();
                folder.requireFree(folder.descriptor());
                folder.requireFree(folder.manifest());
                return folder;
            } catch (IOException | RuntimeException e) {
                folder.close();
                throw e;
            }
        } catch (IOException e) {
            throw unwritable(work, e);
        }
    }

    /** A lock ends with its process. The file may have been removed since it was opened; then the lock is worth nothing. */
    private static FileChannel locked(Path work, Path descriptor) throws IOException {
        Path file = work.resolve(LOCK);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean held = false;
        try {
            String token = UUID.randomUUID().toString();
            if (channel.tryLock() != null) {
                channel.write(ByteBuffer.wrap(token.getBytes(StandardCharsets.UTF_8)), 0);
                held = Files.readString(file).equals(token);
            }
        } catch (OverlappingFileLockException | NoSuchFileException e) {
            held = false;
        } finally {
            if (!held) {
                channel.close();
            }
        }
        if (!held) {
            throw refused(Failure.OPERATION_PENDING)
                    .message(
                            "a machine is just being exported to %s; wait for that, or name another place", descriptor);
        }
        return channel;
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
            there.forEach(PackageFolder::removed);
            throw e instanceof FileAlreadyExistsException
                    ? taken(String.valueOf(e.getMessage()))
                    : unwritable(target, e);
        } catch (DriverException e) {
            there.forEach(PackageFolder::removed);
            throw e;
        }
    }

    private void clear() throws IOException {
        try (Stream<Path> left = Files.list(work)) {
            left.filter(file -> !file.equals(work.resolve(LOCK))).forEach(PackageFolder::removed);
        }
    }

    private static void removed(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            System.getLogger(PackageFolder.class.getName())
                    .log(System.Logger.Level.WARNING, "{0} is left, and belongs to no package: {1}", file, e);
        }
    }

    /** Removes all that has not come to its place. */
    @Override
    public void close() {
        try (FileChannel held = lock) {
            if (held.isOpen()) {
                clear();
                removed(work.resolve(LOCK));
                removed(work);
            }
        } catch (IOException e) {
            System.getLogger(PackageFolder.class.getName())
                    .log(System.Logger.Level.WARNING, "{0} is left, and is no package: {1}", work, e);
        }
    }

    private static DriverException.Draft refused(Failure failure) {
        return DriverException.because(failure).effect(Effect.NOT_APPLIED);
    }

    private static DriverException unwritable(Path file, IOException e) {
        return refused(Failure.HOST_NOT_READY).causedBy(e).message("%s cannot be written: %s", file, e.toString());
    }
}
