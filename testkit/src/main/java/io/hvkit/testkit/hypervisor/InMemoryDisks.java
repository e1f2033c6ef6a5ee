package io.hvkit.testkit.hypervisor;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.Disk;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;

/** Disks of hosts in memory: files, of which an encrypted one begins with a mark, a salt and what its key gives with that. */
final class InMemoryDisks {

    private static final byte[] MARK = "in memory, with a key\n".getBytes(StandardCharsets.US_ASCII);
    private static final String OVER = "in memory, over ";
    private static final int OVER_AT = 512;
    private static final int CONTENT_AT = 2048;
    private static final int SALT = 16;
    private static final int DIGEST = 32;

    private InMemoryDisks() {}

    static void encrypt(Path file, Secret key) {
        byte[] salt = new byte[SALT];
        new SecureRandom().nextBytes(salt);
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.write(MARK);
            opened.write(salt);
            opened.write(digest(salt, key));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void layOver(Path file, Path base) {
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.seek(OVER_AT);
            opened.write(over(base));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] over(Path base) {
        return (OVER + base + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** Requires an empty overlay of the size of what it lies over. */
    static void requireOverlay(Disk overlay, Disk base) {
        if (size(overlay) != size(base)) {
            throw refused("%s and %s have different sizes", overlay, base);
        }
        if (base.key().isPresent() != overlay.key().isPresent()) {
            throw refused("%s and %s are not both encrypted, or both plain", overlay, base);
        }
        requireOpens(overlay);
        try {
            byte[] bytes = Files.readAllBytes(path(overlay));
            byte[] expected = over(path(base));
            if (!Arrays.equals(Arrays.copyOfRange(bytes, OVER_AT, OVER_AT + expected.length), expected)) {
                throw refused("%s was not made over %s", overlay, base);
            }
            for (int i = CONTENT_AT; i < bytes.length; i++) {
                if (bytes[i] != 0) {
                    throw refused("%s holds something, and %s is to be below it", overlay, base);
                }
            }
        } catch (IOException e) {
            throw absent(path(overlay), e);
        }
    }

    private static DriverException refused(String message, Disk overlay, Disk base) {
        return DriverException.because(Failure.INVALID_REQUEST).message(message, overlay, base);
    }

    /** Returns whether nothing was written to a disk. */
    static boolean isEmpty(Disk disk) {
        byte[] bytes = bytes(disk);
        for (int i = CONTENT_AT; i < bytes.length; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    /** Writes what one disk holds to another; what each is opened with stays. */
    static void copy(Disk from, Disk to) {
        byte[] bytes = bytes(from);
        if (bytes.length <= CONTENT_AT) {
            return; // too small to hold anything
        }
        try (RandomAccessFile opened = new RandomAccessFile(path(to).toFile(), "rw")) {
            opened.seek(CONTENT_AT);
            opened.write(bytes, CONTENT_AT, bytes.length - CONTENT_AT);
        } catch (IOException e) {
            throw absent(path(to), e);
        }
    }

    private static byte[] bytes(Disk disk) {
        try {
            return Files.readAllBytes(path(disk));
        } catch (IOException e) {
            throw absent(path(disk), e);
        }
    }

    static long size(Disk disk) {
        Path path = path(disk);
        try {
            return Files.size(path);
        } catch (IOException e) {
            throw absent(path, e);
        }
    }

    static void grow(Disk disk, ByteSize size) {
        try (RandomAccessFile opened = new RandomAccessFile(path(disk).toFile(), "rw")) {
            opened.setLength(size.bytes());
        } catch (IOException e) {
            throw absent(path(disk), e);
        }
    }

    /** Requires that a disk is there, and that it opens with its key if it has one. */
    static void requireOpens(Disk disk) {
        size(disk);
        if (disk.key().isEmpty() && disk.format() != ImageFormat.LUKS) {
            return;
        }
        byte[] header = header(path(disk));
        int salt = MARK.length;
        if (!Arrays.equals(MARK, Arrays.copyOf(header, salt))) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .effect(Effect.NOT_APPLIED)
                    .message("%s is not encrypted; make it anew with a key, or say no key", disk);
        }
        byte[] expected = Arrays.copyOfRange(header, salt + SALT, salt + SALT + DIGEST);
        boolean opens = disk.key()
                .map(key -> MessageDigest.isEqual(expected, digest(Arrays.copyOfRange(header, salt, salt + SALT), key)))
                .orElse(false);
        if (!opens) {
            throw DriverException.because(Failure.BAD_CREDENTIALS).message("the key does not open %s", disk);
        }
    }

    private static byte[] header(Path path) {
        byte[] header = new byte[MARK.length + SALT + DIGEST];
        try (RandomAccessFile opened = new RandomAccessFile(path.toFile(), "r")) {
            int read = opened.read(header);
            return Arrays.copyOf(header, Math.max(read, header.length));
        } catch (IOException e) {
            throw absent(path, e);
        }
    }

    private static byte[] digest(byte[] salt, Secret key) {
        return key.withArray(bytes -> {
            try {
                MessageDigest digest = MessageDigest.getInstance("SHA-256");
                digest.update(salt);
                return digest.digest(bytes);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has SHA-256", e);
            }
        });
    }

    static Path path(Disk disk) {
        return disk.attachment().match(device -> device.path(), file -> file.path(), remote -> {
            throw DriverException.because(Failure.UNSUPPORTED).message("a host in memory has files alone: %s", remote);
        });
    }

    private static DriverException absent(Path path, IOException e) {
        return DriverException.because(Failure.NOT_FOUND).causedBy(e).message("there is no disk at %s", path);
    }
}
