package io.hvkit.powerflex.simulator.internal.device;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The bytes of volumes, each in a file with holes. Whatever is done to them is whole, or can be ended by the next run. */
final class SparseFiles {

    private static final int BLOCK = 512;
    private static final String VOLUME = "[0-9a-f]{16}";

    private final Path folder;
    private final Path incoming;
    private final Path copying;

    /**
     * Uses files in a folder, which is made if need be.
     *
     * @param copying what is locked as long as a copy is under way, even if this process has ended
     */
    SparseFiles(Path folder, Path copying) {
        this.folder = folder;
        this.incoming = folder.resolve("incoming");
        this.copying = copying;
        try {
            Files.createDirectories(incoming);
        } catch (IOException e) {
            throw new UncheckedIOException("the folder of the volumes cannot be made: " + folder, e);
        }
    }

    Path file(long volume) {
        return folder.resolve(HexFormat.of().toHexDigits(volume));
    }

    private Path incoming(long volume) {
        return incoming.resolve(HexFormat.of().toHexDigits(volume));
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

    /** Copies the content to a file that is not there yet. */
    void copy(long source, long target) {
        copy(file(source), file(target));
    }

    /**
     * Gives a file the content of another, cut or filled to a size. It stays the same file, so that who has it open sees the
     * change. The content is first brought beside it: from then on it comes, in this run or the next.
     */
    void overwrite(long source, long target, long bytes) {
        Path half = incoming.resolve("." + incoming(target).getFileName());
        copy(file(source), half);
        try {
            Files.move(half, incoming(target), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("what overwrites a volume cannot be brought beside it", e);
        }
        bringIn(target, bytes);
    }

    private void bringIn(long target, long bytes) {
        copy(incoming(target), file(target));
        resize(target, bytes);
        delete(incoming(target));
    }

    private void copy(Path source, Path target) {
        Tool.run(
                "flock",
                "--shared",
                copying.toString(),
                "cp",
                "--sparse=auto",
                "--reflink=auto",
                source.toString(),
                target.toString());
    }

    void delete(long volume) {
        delete(file(volume));
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("a volume cannot be deleted", e);
        }
    }

    /** Ends what an earlier run had begun; see {@code Backing}. */
    Map<Long, Long> recover(Map<Long, Long> bytes) {
        for (Path file : filesIn(incoming)) {
            String name = file.getFileName().toString();
            Long size = name.matches(VOLUME) ? bytes.get(HexFormat.fromHexDigitsToLong(name)) : null;
            if (size == null) {
                delete(file);
            } else {
                bringIn(HexFormat.fromHexDigitsToLong(name), size);
            }
        }
        for (Path file : filesIn(folder)) {
            String name = file.getFileName().toString();
            if (name.matches(VOLUME) && !bytes.containsKey(HexFormat.fromHexDigitsToLong(name))) {
                delete(file); // nobody was told of it yet, or of it any more
            }
        }
        Map<Long, Long> there = new HashMap<>();
        bytes.forEach((volume, size) -> there.put(volume, size(volume, size)));
        return there;
    }

    private long size(long volume, long wanted) {
        try {
            long size = Files.exists(file(volume)) ? Files.size(file(volume)) : 0;
            if (size < wanted) {
                throw new IllegalStateException("bytes of a volume are missing: " + file(volume) + " has " + size
                        + " of " + wanted + "; put the file back, or give another folder");
            }
            return size;
        } catch (IOException e) {
            throw new UncheckedIOException("a volume cannot be looked at: " + file(volume), e);
        }
    }

    private static List<Path> filesIn(Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(Files::isRegularFile).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("the folder of the volumes cannot be read: " + folder, e);
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
