package io.hvkit.qemu;

import com.sun.jna.LastErrorException;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.qemu.internal.FileSystemType;
import io.hvkit.qemu.internal.MemoryFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A key under a path, for a program that takes it in no other way, for as long as this is open. It is never on a disk, unless
 * {@link #onDiskAtOwnRisk} puts it there, and its bytes are overwritten before it goes. Commands of {@link QemuImg} and {@link CryptSetup} need none: they use standard input.
 */
public final class KeyFile implements AutoCloseable {

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private final KeyTransport.Choice choice;
    private final Path path;
    private final AutoCloseable bytes;

    private KeyFile(KeyTransport.Choice choice, Path path, AutoCloseable bytes) {
        this.choice = choice;
        this.path = path;
        this.bytes = bytes;
    }

    /**
     * Puts {@code secret} where programs of this user find it: in a memfd if that works here, else in {@code /dev/shm}.
     *
     * @throws DriverException with {@code HOST_NOT_READY} if neither works
     */
    public static KeyFile of(Secret secret) {
        KeyTransport.Choice choice = KeyTransport.forPath();
        if (choice.transport() != KeyTransport.MEMFD) {
            return inMemory(secret, SHARED_MEMORY, choice);
        }
        try {
            MemoryFile file = secret.use(MemoryFile::holding);
            return new KeyFile(choice, file.path(), file);
        } catch (LastErrorException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("no memory for a key file: %s", String.valueOf(e.getMessage()));
        }
    }

    /**
     * Puts {@code secret} into a new file, in a folder of its own, both for their owner's eyes alone, in a directory that lives
     * in memory. Unlike a memfd the file outlives a process that is killed, until {@link #sweep}.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if the directory is on anything but tmpfs or ramfs, by the kernel's
     *     own word; {@code NOT_FOUND} if it is missing; {@code HOST_NOT_READY} if it cannot be written to; no file is left
     */
    public static KeyFile in(Path directory, Secret secret) {
        return inMemory(
                secret,
                directory,
                new KeyTransport.Choice(KeyTransport.TMPFS_FILE, "the caller named the directory " + directory));
    }

    /**
     * Puts {@code secret} into a new file, for its owner's eyes alone, in a directory that lives on a disk. Nothing else here
     * ever does so. It is for hosts that have no memory file system at all: what a disk once held may be read from it years
     * later, whatever was written over it, and a killed process leaves the file as it is.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if the directory is on a network file system, so that the key would
     *     reach other hosts; {@code NOT_FOUND} if it is missing; {@code HOST_NOT_READY} if it cannot be written to; no file is
     *     left
     */
    public static KeyFile onDiskAtOwnRisk(Path directory, Secret secret) {
        Path folder = requireDirectory(directory);
        FileSystemType type = FileSystemType.of(folder);
        if (type.crossesNetwork()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is on %s, where a key would reach other hosts; name a local directory", folder, type);
        }
        return in(
                folder,
                secret,
                new KeyTransport.Choice(
                        KeyTransport.DISK_FILE, "the caller wants the key on a disk, in the directory " + folder));
    }

    /**
     * Wipes and removes the key files that processes of this user which were killed left in a directory. Those of running
     * processes, of other users, other machines and other containers are left alone, and so is all that is no key file; links are
     * not followed. Safe to call at any time; a service calls it when it starts, for {@code /dev/shm} and each directory that it
     * names to {@link #in}. A key that cannot be removed is told of in the log.
     *
     * @return the folders that were removed
     * @throws DriverException with {@code NOT_FOUND} if there is no such directory
     */
    public static List<Path> sweep(Path directory) {
        return KeySweep.of(requireDirectory(directory));
    }

    /** Returns where it is, until it is closed. */
    public Path path() {
        return path;
    }

    /** Returns how the key travels, and why so. */
    public KeyTransport.Choice transport() {
        return choice;
    }

    /**
     * Overwrites the bytes with zeroes and removes the file. Closing twice does nothing.
     *
     * @throws DriverException with {@code HOST_NOT_READY} if the file is still there, naming it
     */
    @Override
    public void close() {
        try {
            bytes.close();
        } catch (DriverException e) {
            throw e;
        } catch (Exception e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("the key at %s could not be wiped", path);
        }
    }

    /** Returns what it is for and where, never what is in it. */
    @Override
    public String toString() {
        return "KeyFile[" + path + ", " + choice.transport() + "]";
    }

    private static KeyFile inMemory(Secret secret, Path directory, KeyTransport.Choice choice) {
        Path folder = requireDirectory(directory);
        FileSystemType type = FileSystemType.of(folder);
        if (!type.livesInMemory()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%s is on %s, where a key would reach a disk; name a directory on tmpfs or ramfs, such as %s",
                            folder, type, SHARED_MEMORY);
        }
        return in(folder, secret, choice);
    }

    private static KeyFile in(Path folder, Secret secret, KeyTransport.Choice choice) {
        KeyFolder own = KeyFolder.holding(secret, folder);
        return new KeyFile(choice, own.file(), own);
    }

    private static Path requireDirectory(Path directory) {
        Path folder = ImagePath.of(directory);
        if (!Files.isDirectory(folder)) {
            throw DriverException.because(Failure.NOT_FOUND).message("there is no directory %s", folder);
        }
        return folder;
    }
}
