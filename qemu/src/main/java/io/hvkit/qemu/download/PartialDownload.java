package io.hvkit.qemu.download;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Sha256;
import io.hvkit.qemu.internal.Libc;
import io.hvkit.qemu.internal.OpenFileLock;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has arrived of an image, in a file of its own, so that an equal call can go on where another one stopped. It is its
 * owner's alone, and locked: of several calls for the same, one works. A second, small file keeps what the server calls the
 * content, without which no part of it is ever continued.
 */
final class PartialDownload implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PartialDownload.class);
    private static final String NOTE = ".from";
    private static final Pattern NAME = Pattern.compile("\\.hvkit-[0-9a-f]{24}\\.download(\\.from)?");
    private static final int NAME_DIGITS = 24;
    private static final int LONGEST_NOTE = 1024;
    private static final int BUFFER = 1 << 20;

    private final Libc libc;
    private final Path path;
    private final OpenFileLock lock;
    private final RandomAccessFile file;
    private MessageDigest digest = Digests.sha256();
    private long length;
    private Optional<String> validator = Optional.empty();

    private PartialDownload(Libc libc, Path path, OpenFileLock lock, RandomAccessFile file) {
        this.libc = libc;
        this.path = path;
        this.lock = lock;
        this.file = file;
    }

    /** Hears of bytes that are read again. */
    @FunctionalInterface
    interface Reading {
        /** Hears how many there were so far, and may end it. */
        void read(long bytes) throws InterruptedException;
    }

    /**
     * Opens the file for one image on its way to one target, with whatever is there already.
     *
     * @param folder where the file is; it must be there
     */
    static PartialDownload open(Path folder, Path target, Sha256 digest) {
        Path path = folder.resolve(".hvkit-"
                + Sha256.of((digest + " " + target).getBytes(StandardCharsets.UTF_8))
                        .hex()
                        .substring(0, NAME_DIGITS)
                + ".download");
        try {
            while (true) {
                Optional<PartialDownload> opened = tryOpen(path);
                if (opened.isPresent()) {
                    return opened.get();
                }
            }
        } catch (IOException e) {
            throw Failures.ofFile("no file for a download can be made in " + folder, e);
        }
    }

    /** Returns nothing if the file was published or removed by another call in this very moment. */
    private static Optional<PartialDownload> tryOpen(Path path) throws IOException {
        Libc libc = Libc.load()
                .orElseThrow(() -> DriverException.because(Failure.HOST_NOT_READY)
                        .message("a download is locked by native code, which cannot be loaded here (JNA)"));
        create(path);
        OpenFileLock lock;
        try {
            lock = OpenFileLock.take(libc, path, 0, 1).orElseThrow(() -> pending(path));
        } catch (IOException e) {
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                throw e;
            }
            return Optional.empty();
        }
        boolean kept = false;
        try {
            if (isStillThere(libc, path)) {
                RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
                kept = true;
                return Optional.of(new PartialDownload(libc, path, lock, file));
            }
            return Optional.empty();
        } finally {
            if (!kept) {
                lock.close();
            }
        }
    }

    private static void create(Path path) throws IOException {
        try {
            Files.createFile(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            requireOwn(path);
        }
    }

    /** In a folder where all may write, others could put a file of theirs in the way, and change it later. */
    private static void requireOwn(Path path) throws IOException {
        try {
            BasicFileAttributes seen = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            Object owner = Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
            if (!seen.isRegularFile() || !owner.equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message("%s is in the way and was not made by this user; remove it", path);
            }
        } catch (NoSuchFileException e) {
            LOG.debug("{} was removed in this moment", path, e); // opening it will tell
        }
    }

    /** If the path leads to the file that is locked, nobody can lock it again. */
    private static boolean isStillThere(Libc libc, Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        Optional<OpenFileLock> second = OpenFileLock.take(libc, path, 0, 1);
        second.ifPresent(OpenFileLock::close);
        return second.isEmpty();
    }

    private static DriverException pending(Path path) {
        return DriverException.because(Failure.OPERATION_PENDING)
                .effect(Effect.NOT_APPLIED)
                .message("another call is fetching the same image to the same target, into %s; wait for it", path);
    }

    /** Reads again what an earlier call left, if it can be continued; forgets it if not. */
    void resume(Reading listener) throws IOException, InterruptedException {
        Optional<String> noted = note();
        if (file.length() == 0 || noted.isEmpty()) {
            begin(Optional.empty());
            return;
        }
        byte[] buffer = new byte[BUFFER];
        file.seek(0);
        for (int count = file.read(buffer); count > 0; count = file.read(buffer)) {
            digest.update(buffer, 0, count);
            length += count;
            listener.read(length);
        }
        validator = noted;
    }

    private Optional<String> note() throws IOException {
        try {
            if (Files.size(notePath()) > LONGEST_NOTE) {
                return Optional.empty();
            }
            return Optional.of(Files.readString(notePath(), StandardCharsets.ISO_8859_1))
                    .filter(HttpHead::isValidator);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Empties it for the whole content, which the server calls so. */
    void begin(Optional<String> validator) throws IOException {
        Files.deleteIfExists(notePath()); // first: no note may ever lie beside bytes of another content
        file.setLength(0);
        file.seek(0);
        length = 0;
        digest = Digests.sha256();
        this.validator = validator;
        if (validator.isPresent()) {
            Files.writeString(notePath(), validator.get(), StandardCharsets.ISO_8859_1);
        }
    }

    void append(byte[] bytes, int count) throws IOException {
        file.write(bytes, 0, count);
        digest.update(bytes, 0, count);
        length += count;
    }

    long length() {
        return length;
    }

    ByteSize size() {
        return ByteSize.bytes(length);
    }

    /** Returns what the server calls the content that this is the beginning of, if it can be continued. */
    Optional<String> validator() {
        return validator.filter(known -> length > 0);
    }

    Path path() {
        return path;
    }

    /** Returns the digest of all that has arrived; no more may be appended afterwards. */
    Sha256 digest() {
        return new Sha256(HexFormat.of().formatHex(digest.digest()));
    }

    /** Returns once the bytes outlive a loss of power. */
    void settle() throws IOException {
        file.getFD().sync();
    }

    /**
     * Removes it, unless its name is another call's by now. The note goes last: a file without one is never continued, and one
     * alone hurts nobody.
     */
    void discard() throws IOException {
        if (isStillThere(libc, path)) {
            Files.deleteIfExists(path);
        }
        Files.deleteIfExists(notePath());
    }

    private Path notePath() {
        return path.resolveSibling(path.getFileName() + NOTE);
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            LOG.warn("{} did not close well: {}", path, e.toString());
        } finally {
            lock.close();
        }
    }

    /** Removes a file of a call that was given up, if it is one, nobody works on it, and it is older than {@code before}. */
    static boolean sweep(Path path, Instant before) throws IOException {
        if (!NAME.matcher(path.getFileName().toString()).matches()
                || !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                || Files.getLastModifiedTime(path).toInstant().isAfter(before)) {
            return false;
        }
        Optional<Libc> libc = Libc.load();
        if (libc.isEmpty()) {
            return false;
        }
        OpenFileLock lock = OpenFileLock.take(libc.get(), path, 0, 1).orElse(null);
        if (lock == null) {
            return false; // somebody works on it
        }
        try {
            return isStillThere(libc.get(), path) && Files.deleteIfExists(path);
        } finally {
            lock.close();
        }
    }
}
