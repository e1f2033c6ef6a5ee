package io.hvkit.benchmarks;

import io.hvkit.core.ByteSize;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Makes disks to copy. */
final class Content {

    private static final int BLOCK = 1 << 20;

    private Content() {}

    /** Writes a raw disk: half of it data that nothing can compress, a quarter zeroes that were written, a quarter holes. */
    static Path mixed(Path path, ByteSize size) throws IOException {
        byte[] block = new byte[BLOCK];
        byte[] zeroes = new byte[BLOCK];
        Random random = new Random(20);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size.bytes());
            for (long at = 0; at + BLOCK <= size.bytes(); at += BLOCK) {
                long turn = at / BLOCK % 4;
                file.seek(at);
                if (turn < 2) {
                    random.nextBytes(block);
                    file.write(block);
                } else if (turn == 2) {
                    file.write(zeroes);
                }
            }
            file.getChannel().force(true);
        }
        return path;
    }

    /** Removes what one way made, so that the next one finds nothing. */
    static void remove(Path... paths) throws IOException {
        for (Path path : paths) {
            Files.deleteIfExists(path);
        }
    }

    /** Puts on the disk what a tool left in the page cache, which is a part of its work. */
    static void flush(Path path) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.getChannel().force(true);
        }
    }
}
