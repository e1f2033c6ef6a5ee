package io.hvkit.examples.snapshots;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a disk holds, so that two can be compared to the last byte and it can be said where they differ.
 *
 * @param blocks a digest of each block of 64 KiB
 */
record DiskContent(List<String> blocks) {

    private static final int BLOCK = 64 * 1024;
    private static final int KIBIBYTES = BLOCK / 1024;

    DiskContent {
        blocks = List.copyOf(blocks);
    }

    /** Reads what a raw image holds. */
    static DiskContent of(Path raw) throws IOException {
        List<String> blocks = new ArrayList<>();
        try (InputStream in = Files.newInputStream(raw)) {
            byte[] block = in.readNBytes(BLOCK);
            while (block.length > 0) {
                blocks.add(HexFormat.of().formatHex(RunningDisk.sha256().digest(block)));
                block = in.readNBytes(BLOCK);
            }
        }
        return new DiskContent(blocks);
    }

    /** Says where another disk differs from this one. */
    String difference(DiskContent other) {
        if (blocks.size() != other.blocks.size()) {
            return "it has " + other.blocks.size() + " blocks of 64 KiB in place of " + blocks.size();
        }
        List<Integer> differing = IntStream.range(0, blocks.size())
                .filter(i -> !blocks.get(i).equals(other.blocks.get(i)))
                .boxed()
                .toList();
        return differing.isEmpty()
                ? "nothing"
                : differing.size() + " of " + blocks.size() + " blocks of 64 KiB, the first at "
                        + differing.get(0) * KIBIBYTES + " KiB";
    }
}
