package io.hvkit.powerflex.simulator.internal.device;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/** The bytes of volumes, each in a file with holes. */
final class SparseFiles {

    private static final int BLOCK = 512;

    private final Path folder;

    SparseFiles(Path folder) {
        this.folder = folder;
    }

    Path file(long volume) {
        return folder.resolve(HexFormat.of().toHexDigits(volume));
    }

    void create(long volume, long bytes) {
        if (Files.exists(file(volume))) {
            throw new IllegalStateException("there is a file already where a new volume belongs: " + file(volume));
        }
        resize(volume, bytes);
    }

    void resize(long volume, long bytes) {
        try (RandomAccessFile file = new RandomAccessFile(file(volume).toFile(), "rw")) {
            file.setLength(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("a volume of " + bytes + " bytes cannot be made", e);
        }
    }

    /** Copies the content; a target that is there stays the same file, so that who has it open sees the change. */
    void copy(long source, long target) {
        Tool.run(
                "cp",
                "--sparse=auto",
                "--reflink=auto",
                file(source).toString(),
                file(target).toString());
    }

    void delete(long volume) {
        try {
            Files.deleteIfExists(file(volume));
        } catch (IOException e) {
            throw new UncheckedIOException("a volume cannot be deleted", e);
        }
    }

    /** Returns how much of each file is really there. */
    Map<Long, Long> allocated() {
        Map<Long, Long> bytes = new HashMap<>();
        Tool.run("find", folder.toString(), "-maxdepth", "1", "-type", "f", "-printf", "%f %b\n")
                .lines()
                .forEach(line -> bytes.put(
                        HexFormat.fromHexDigitsToLong(line, 0, 16), Long.parseLong(line.substring(17)) * BLOCK));
        return bytes;
    }
}
