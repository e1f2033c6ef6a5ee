package io.hvkit.qemu;

import com.sun.jna.LastErrorException;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.qemu.internal.FileSystemType;
import io.hvkit.qemu.internal.MemoryFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A key under a path, for a program that takes it in no other way, for as long as this is open. It is never on a disk, and its
 * bytes are overwritten before it goes. Commands of {@link QemuImg} and {@link CryptSetup} need none: they use standard input.
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
     * Puts {@code secret} into a new file, for its owner's eyes alone, in a directory that lives in memory. Unlike a memfd the
     * file outlives a process that is killed.
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
        Path folder = ImagePath.of(directory);
        requireMemory(folder);
        Path path = folder.resolve("hvkit-key-" + UUID.randomUUID());
        TmpfsFile file = new TmpfsFile(path);
        boolean written = false;
        try {
            secret.use(key -> write(path, key));
            written = true;
        } catch (IOException e) {
            throw Complaint.of("cannot write a key file in " + folder, e, Effect.NOT_APPLIED);
        } finally {
            if (!written) {
                file.close();
            }
        }
        return new KeyFile(choice, path, file);
    }

    private static void requireMemory(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw DriverException.because(Failure.NOT_FOUND).message("there is no directory %s", folder);
        }
        FileSystemType type = FileSystemType.of(folder);
        if (!type.livesInMemory()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%s is on %s, where a key would reach a disk; name a directory on tmpfs or ramfs, such as %s",
                            folder, type, SHARED_MEMORY);
        }
    }

    private static long write(Path path, ByteBuffer key) throws IOException {
        try (FileChannel channel = FileChannel.open(
                path,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            return writeAll(channel, key);
        }
    }

    private static long writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        return channel.position();
    }

    /** The file itself: wiped, then deleted, once. */
    private static final class TmpfsFile implements AutoCloseable {

        private final Path path;
        private final AtomicBoolean closed = new AtomicBoolean();

        private TmpfsFile(Path path) {
            this.path = path;
        }

        @Override
        public void close() {
            if (!closed.compareAndSet(false, true)) {
                return;
            }
            boolean interrupted = Thread.interrupted(); // an interrupted thread could not write, and the key would stay
            try {
                wipe();
                Files.deleteIfExists(path);
            } catch (IOException e) {
                closed.set(false);
                throw DriverException.because(Failure.HOST_NOT_READY)
                        .causedBy(e)
                        .message("the key file %s is still there; wipe and remove it", path);
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        private void wipe() throws IOException {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
                writeAll(channel, ByteBuffer.allocateDirect(Math.toIntExact(channel.size())));
            } catch (NoSuchFileException e) {
                return; // it never came to be, or somebody removed it
            }
        }
    }
}
