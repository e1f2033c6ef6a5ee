package io.hvkit.kvm.internal.seed;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.hypervisor.spi.CloudInit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder where the seeds of a host's machines are: a file for each, which its owner alone may read. Root makes them QEMU's; whoever
 * else makes one keeps it, and libvirt lends it to QEMU.
 * Its name tells the host and is not to be guessed. The folder may be listed by its owner alone, and passed through by QEMU, which
 * is another user. Safe for any number of threads and processes.
 */
public final class SeedFolder {

    private static final Logger LOG = LoggerFactory.getLogger(SeedFolder.class);

    /** Another process may be about to start the machine that a younger one is for. */
    private static final Duration BEING_MADE = Duration.ofMinutes(10);

    private static final String PREFIX = "hvkit-seed-";
    private static final String SUFFIX = ".iso";
    private static final Set<PosixFilePermission> FOLDER_MODE = PosixFilePermissions.fromString("rwx--x--x");
    private static final FileAttribute<Set<PosixFilePermission>> FILE_MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path directory;
    private final String prefix;
    private final Optional<SeedReader> reader;
    private final Set<Path> inUse = ConcurrentHashMap.newKeySet();
    private final Set<Path> settled = ConcurrentHashMap.newKeySet();

    /**
     * Names a folder, which need not exist.
     *
     * @param host what tells this host from others that keep seeds there, of letters and digits
     * @param reader who is to read the seeds, if that is known
     */
    public SeedFolder(Path directory, String host, Optional<SeedReader> reader) {
        this.reader = reader;
        this.directory = directory.toAbsolutePath().normalize();
        this.prefix = PREFIX + host + "-";
    }

    /** Returns whether a path is that of a seed of any host. */
    public static boolean isSeed(Path path) {
        String name = String.valueOf(path.getFileName());
        return name.startsWith(PREFIX) && name.endsWith(SUFFIX);
    }

    /**
     * Makes a seed, which stays until it is {@link #settle settled} at least.
     *
     * @throws DriverException with {@code EXHAUSTED} if there is no room, {@code HOST_NOT_READY} if the folder cannot be used;
     *     no file is left
     */
    public Path write(CloudInit content) {
        Path file = directory.resolve(prefix + UUID.randomUUID() + SUFFIX);
        byte[] image = image(content);
        inUse.add(file);
        try {
            prepare();
            try (FileChannel channel = FileChannel.open(
                    file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), FILE_MODE)) {
                handOver(file);
                ByteBuffer bytes = ByteBuffer.wrap(image);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            return file;
        } catch (IOException e) {
            discard(file);
            inUse.remove(file);
            throw failed(e);
        } finally {
            Arrays.fill(image, (byte) 0);
        }
    }

    /** Makes a seed QEMU's. Root alone may do so; libvirt can do it too, but a site may have told it to leave files alone. */
    private void handOver(Path file) {
        if (reader.isPresent()) {
            try {
                Files.setAttribute(file, "unix:gid", reader.get().group(), LinkOption.NOFOLLOW_LINKS);
                Files.setAttribute(file, "unix:uid", reader.get().user(), LinkOption.NOFOLLOW_LINKS);
            } catch (IOException e) {
                LOG.debug("{} stays this user's, for libvirt to lend to {}: {}", file, reader.get(), e.toString());
            }
        }
    }

    /** Says that a machine has a seed by now, or never will: once no machine has it, it may go. */
    public void settle(Path file) {
        settled.add(file);
        inUse.remove(file);
    }

    /** Counts a seed that another process made, or an earlier connection, among those that may go once no machine has them. */
    public void adopt(Path file) {
        if (isOurs(file)) {
            settled.add(file);
        }
    }

    /** Returns whether a seed tells the guest this, and nothing else; one that is gone does not. */
    public boolean holds(Path file, CloudInit content) {
        byte[] wanted = image(content);
        byte[] found = {};
        try {
            if (Files.size(file) == wanted.length) {
                found = Files.readAllBytes(file);
            }
            return MessageDigest.isEqual(found, wanted);
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw failed(e);
        } finally {
            Arrays.fill(found, (byte) 0);
            Arrays.fill(wanted, (byte) 0);
        }
    }

    /**
     * Returns the seeds of this host that may go unless a machine has them. Look at the machines afterwards, then {@link #remove}:
     * a machine that comes meanwhile has a seed that is not among them.
     */
    public Set<Path> removable() {
        Set<Path> removable = new HashSet<>();
        Instant old = Instant.now().minus(BEING_MADE);
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                if (isOurs(file) && !inUse.contains(file) && (settled.contains(file) || isOlder(file, old))) {
                    removable.add(file);
                }
            }
        } catch (NoSuchFileException e) {
            return Set.of();
        } catch (IOException e) {
            LOG.warn("{} cannot be looked through for seeds that no machine has: {}", directory, e.toString());
        }
        return removable;
    }

    /** Removes a seed that no machine has. */
    public void remove(Path file) {
        if (discard(file)) {
            settled.remove(file);
        }
    }

    private boolean isOurs(Path file) {
        String name = String.valueOf(file.getFileName());
        return directory.equals(file.getParent()) && name.startsWith(prefix) && name.endsWith(SUFFIX);
    }

    private static boolean isOlder(Path file, Instant limit) throws IOException {
        try {
            return Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS)
                    .toInstant()
                    .isBefore(limit);
        } catch (NoSuchFileException e) {
            return false; // another process was faster
        }
    }

    private void prepare() throws IOException {
        make(directory);
        PosixFileAttributes found =
                Files.readAttributes(directory, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        Set<PosixFilePermission> tooMany = new HashSet<>(found.permissions());
        tooMany.removeAll(FOLDER_MODE);
        boolean own = found.owner().getName().equals(System.getProperty("user.name"));
        if (!found.isDirectory() || !own || !tooMany.isEmpty()) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message(
                            "%s is not a folder that its owner alone lists and writes to; make it mode 0711, or name another"
                                    + " with the option seed-directory",
                            directory);
        }
    }

    /** Makes a folder and those that it is in, so that QEMU may pass through whatever this process keeps from others. */
    private static void make(Path folder) throws IOException {
        if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Path parent = folder.getParent();
        if (parent != null) {
            make(parent);
        }
        try {
            Files.createDirectory(folder);
            Files.setPosixFilePermissions(folder, FOLDER_MODE);
        } catch (FileAlreadyExistsException e) {
            return; // another process was faster
        }
    }

    private static byte[] image(CloudInit content) {
        Map<String, byte[]> files = content.files();
        try {
            return SeedImage.of(files);
        } finally {
            files.values().forEach(bytes -> Arrays.fill(bytes, (byte) 0));
        }
    }

    private static boolean discard(Path file) {
        try {
            Files.deleteIfExists(file);
            return true;
        } catch (IOException e) {
            LOG.warn("the seed {} is of no use and could not be removed: {}", file, e.toString());
            return false;
        }
    }

    private DriverException failed(IOException e) {
        boolean full = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("no space left");
        return DriverException.because(full ? Failure.EXHAUSTED : Failure.HOST_NOT_READY)
                .causedBy(e)
                .message(
                        "the seed of cloud-init cannot be kept in %s: %s; name another folder with the option seed-directory",
                        directory, e.toString());
    }
}
