package io.hvkit.engine.key;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
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
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The master keys of one file, the newest last. */
final class MasterKeys implements AutoCloseable {

    private static final byte[] HEAD = "hvkit master keys 1\n".getBytes(StandardCharsets.US_ASCII);
    private static final int LINE =
            Base64.getUrlEncoder().withoutPadding().encodeToString(new byte[32]).length() + 1;
    private static final int MOST_KEYS = 1000;
    private static final Set<PosixFilePermission> OURS =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private final List<Secret> keys;

    private MasterKeys(List<Secret> keys) {
        this.keys = keys;
    }

    /** Makes a file with one key. */
    static void create(Path file) {
        byte[] text = withOneMore(HEAD);
        try {
            write(file, text, StandardOpenOption.CREATE_NEW);
        } catch (FileAlreadyExistsException e) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .causedBy(e)
                    .message("%s is there already; master keys are never written over anything", file);
        } catch (IOException e) {
            throw notWritten(file, e);
        } finally {
            Arrays.fill(text, (byte) 0);
        }
    }

    /** Adds a key. One process at a time does: a key that another one adds meanwhile must not be written over. */
    static void add(Path file) {
        read(file).close(); // whatever is wrong with it is said before it is opened to be locked
        try {
            Object before =
                    Files.readAttributes(file, PosixFileAttributes.class).fileKey();
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
                    FileLock lock = channel.tryLock()) {
                Object now =
                        Files.readAttributes(file, PosixFileAttributes.class).fileKey();
                if (lock == null || !now.equals(before)) {
                    throw beingChanged(file);
                }
                replace(file);
            }
        } catch (OverlappingFileLockException e) {
            throw beingChanged(file);
        } catch (IOException e) {
            throw notWritten(file, e);
        }
    }

    private static DriverException beingChanged(Path file) {
        return DriverException.because(Failure.OPERATION_PENDING)
                .effect(Effect.NOT_APPLIED)
                .message(
                        "somebody else adds a key to %s just now; look at it, and try again if it needs one more",
                        file);
    }

    private static void replace(Path file) throws IOException {
        byte[] old = bytes(file);
        byte[] text = {};
        Path next = file.resolveSibling(file.getFileName() + ".new");
        try (MasterKeys whole = parse(file, old)) {
            if (whole.keys.size() >= MOST_KEYS) {
                throw DriverException.because(Failure.EXHAUSTED).message("%s holds %d keys already", file, MOST_KEYS);
            }
            text = withOneMore(old);
            Files.deleteIfExists(next); // of somebody who crashed here: nothing was wrapped by it
            write(next, text, StandardOpenOption.CREATE_NEW);
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
            sync(file.toAbsolutePath().resolveSibling("."));
        } finally {
            Arrays.fill(old, (byte) 0);
            Arrays.fill(text, (byte) 0);
        }
    }

    /** Reads a file; the caller closes the keys. */
    static MasterKeys read(Path file) {
        byte[] text = bytes(file);
        try {
            return parse(file, text);
        } finally {
            Arrays.fill(text, (byte) 0);
        }
    }

    /** Returns the newest key. */
    Secret newest() {
        return keys.get(keys.size() - 1);
    }

    /** Returns the key with that fingerprint, if it is among these. */
    Optional<Secret> find(String fingerprint) {
        return keys.stream()
                .filter(key -> Envelope.fingerprint(key).equals(fingerprint))
                .findAny();
    }

    @Override
    public void close() {
        keys.forEach(Secret::close);
    }

    private static MasterKeys parse(Path file, byte[] text) {
        int lines = (text.length - HEAD.length) / LINE;
        if (text.length != HEAD.length + lines * LINE
                || lines < 1
                || lines > MOST_KEYS
                || !Arrays.equals(text, 0, HEAD.length, HEAD, 0, HEAD.length)) {
            throw corrupt(file);
        }
        List<Secret> keys = new ArrayList<>();
        try {
            for (int i = 0; i < lines; i++) {
                keys.add(key(Arrays.copyOfRange(text, HEAD.length + i * LINE, HEAD.length + (i + 1) * LINE), file));
            }
            return new MasterKeys(keys);
        } catch (DriverException e) {
            keys.forEach(Secret::close);
            throw e;
        }
    }

    private static Secret key(byte[] line, Path file) {
        byte[] raw = {};
        byte[] code = Arrays.copyOf(line, LINE - 1);
        try {
            raw = Base64.getUrlDecoder().decode(code);
            if (raw.length != Envelope.MASTER_KEY_BYTES || line[LINE - 1] != '\n') {
                throw corrupt(file);
            }
            return Secret.copyOfRandom(raw);
        } catch (IllegalArgumentException e) {
            throw corrupt(file); // without its cause, which quotes what it could not read
        } finally {
            Arrays.fill(raw, (byte) 0);
            Arrays.fill(code, (byte) 0);
            Arrays.fill(line, (byte) 0);
        }
    }

    private static byte[] bytes(Path file) {
        try {
            PosixFileAttributes status =
                    Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!status.isRegularFile() || !OURS.containsAll(status.permissions())) {
                throw DriverException.because(Failure.HOST_NOT_READY)
                        .message(
                                "%s holds master keys and must be a file that its owner alone reads (chmod 600), not %s",
                                file, PosixFilePermissions.toString(status.permissions()));
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw DriverException.because(Failure.NOT_FOUND)
                    .causedBy(e)
                    .message(
                            "there is no file %s with master keys; if this installation is new, make one with"
                                    + " MasterKeyFile.create, else bring the old one back: without it no key is opened",
                            file);
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("the master keys in %s cannot be read: %s", file, String.valueOf(e.getMessage()));
        }
    }

    private static byte[] withOneMore(byte[] text) {
        byte[] raw = new byte[Envelope.MASTER_KEY_BYTES];
        byte[] line = {};
        try {
            new SecureRandom().nextBytes(raw);
            line = Base64.getUrlEncoder().withoutPadding().encode(raw);
            byte[] more = Arrays.copyOf(text, text.length + LINE);
            System.arraycopy(line, 0, more, text.length, line.length);
            more[more.length - 1] = '\n';
            return more;
        } finally {
            Arrays.fill(raw, (byte) 0);
            Arrays.fill(line, (byte) 0);
        }
    }

    private static void write(Path file, byte[] text, StandardOpenOption how) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, Set.of(how, StandardOpenOption.WRITE), PosixFilePermissions.asFileAttribute(OURS))) {
            ByteBuffer rest = ByteBuffer.wrap(text);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            channel.force(true);
        }
        sync(file.toAbsolutePath().resolveSibling("."));
    }

    /** A name counts once its folder is on the disk. */
    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static DriverException corrupt(Path file) {
        return DriverException.because(Failure.CORRUPT_DATA)
                .effect(Effect.NOT_APPLIED)
                .message("%s is no file of master keys, or was changed; bring an old copy back", file);
    }

    private static DriverException notWritten(Path file, IOException e) {
        return DriverException.because(Failure.HOST_NOT_READY)
                .causedBy(e)
                .message("master keys cannot be written to %s: %s", file, String.valueOf(e.getMessage()));
    }
}
