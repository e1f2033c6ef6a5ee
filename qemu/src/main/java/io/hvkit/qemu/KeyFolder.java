package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.qemu.internal.ProcessIdentity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A folder of one key file, both their owner's alone, whose name tells which process made it. */
final class KeyFolder implements AutoCloseable {

    /** The name of the file in it. */
    static final Path FILE = Path.of("key");

    private static final Logger LOG = LoggerFactory.getLogger(KeyFolder.class);
    private static final Pattern NAME =
            Pattern.compile("\\.hvkit-key-(.+)-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})");

    private final Path folder;
    private final AtomicBoolean closed = new AtomicBoolean();

    private KeyFolder(Path folder) {
        this.folder = folder;
    }

    /** Makes both, or leaves neither. */
    static KeyFolder holding(Secret secret, Path directory) {
        Path path = directory.resolve(".hvkit-key-" + ProcessIdentity.ofThisOne() + "-" + UUID.randomUUID());
        KeyFolder folder = new KeyFolder(path);
        boolean written = false;
        try {
            make(path);
            secret.use(key -> write(path.resolve(FILE), key));
            written = true;
            return folder;
        } catch (IOException e) {
            throw Complaint.of("cannot write a key file in " + directory, e, Effect.NOT_APPLIED);
        } finally {
            if (!written) {
                folder.close();
            }
        }
    }

    /** Returns which process made a folder of that name; nothing if it is no name of this kind. */
    static Optional<ProcessIdentity> maker(String name) {
        Matcher matcher = NAME.matcher(name);
        return matcher.matches() ? ProcessIdentity.parse(matcher.group(1)) : Optional.empty();
    }

    /** Overwrites all that is in a file. */
    static void wipe(SeekableByteChannel channel) throws IOException {
        ByteBuffer zeroes = ByteBuffer.allocateDirect(Math.toIntExact(Math.min(channel.size(), Secret.LONGEST)));
        while (zeroes.hasRemaining()) {
            channel.write(zeroes);
        }
        if (channel instanceof FileChannel file) {
            file.force(true);
        }
    }

    Path file() {
        return folder.resolve(FILE);
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        boolean interrupted = Thread.interrupted(); // an interrupted thread could not write, and the key would stay
        try {
            wipe();
            Files.deleteIfExists(file());
            removeFolder();
        } catch (IOException e) {
            closed.set(false);
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("the key file %s is still there; wipe and remove it", file());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void wipe() throws IOException {
        try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            wipe(channel);
        } catch (NoSuchFileException e) {
            return; // it never came to be, or somebody removed it
        }
    }

    private void removeFolder() throws IOException {
        try {
            Files.deleteIfExists(folder);
        } catch (DirectoryNotEmptyException e) {
            LOG.warn("the key in {} is gone, but somebody put other files there, so that it stays", folder);
        }
    }

    private static void make(Path folder) throws IOException {
        Set<PosixFilePermission> owner = PosixFilePermissions.fromString("rwx------");
        Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(owner));
        Files.setPosixFilePermissions(folder, owner); // whatever the umask takes away
    }

    private static long write(Path file, ByteBuffer key) throws IOException {
        Set<PosixFilePermission> owner = PosixFilePermissions.fromString("rw-------");
        FileAttribute<?> attribute = PosixFilePermissions.asFileAttribute(owner);
        try (FileChannel channel =
                FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attribute)) {
            Files.setPosixFilePermissions(file, owner);
            while (key.hasRemaining()) {
                channel.write(key);
            }
            return channel.position();
        }
    }
}
