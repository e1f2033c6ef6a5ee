package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Secret;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Content for disks, and looks at folders. */
public final class Disks {

    private Disks() {}

    public static Secret key(String text) {
        return Secret.copyOf(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns a key that counts as random, so that its derivation is fast, though tests know it. */
    public static Secret fastKey(String text) {
        return Secret.copyOfRandom(text.repeat(32 / text.length() + 1).getBytes(StandardCharsets.UTF_8));
    }

    /** Writes a raw disk with random bytes, a hole, and zeroes. */
    public static Path random(Path path, ByteSize size, long seed) throws IOException {
        byte[] block = new byte[1 << 16];
        Random random = new Random(seed);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size.bytes());
            for (long at = 0; at + block.length <= size.bytes(); at += block.length) {
                if (at / block.length % 4 != 3) {
                    random.nextBytes(block);
                    file.seek(at);
                    file.write(block);
                }
            }
        }
        return path;
    }

    /** Makes a LUKS image by cryptsetup, which takes no time; it reads as noise. */
    static Image luks(Path path, ByteSize size, Secret key) throws IOException, InterruptedException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size.plus(LuksType.LUKS1.headerSize()).bytes());
        }
        CryptSetup.probe(CommandRunner.local()).format(path, LuksType.LUKS1, key);
        return Image.luks(path).unlockedBy(key);
    }

    public static String hash(Path path, int bytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            byte[] start = new byte[(int) Math.min(bytes, file.length())];
            file.readFully(start);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(start));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    public static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    /** Runs a program of the host that a test needs, such as mount. */
    public static String run(String... argv) throws InterruptedException {
        CommandResult result = CommandRunner.local().run(Command.of(argv));
        if (!result.succeeded()) {
            throw new AssertionError(List.of(argv) + ": " + result);
        }
        return result.output().strip();
    }
}
