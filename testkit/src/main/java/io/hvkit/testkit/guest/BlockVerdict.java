package io.hvkit.testkit.guest;

import io.hvkit.testkit.guest.RecordProblem.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the bytes of one block say about the record that must be there. */
final class BlockVerdict {

    private static final int SECTOR = 512;
    private static final Pattern RECORD = Pattern.compile("HVKIT seq=(\\d{1,18}) pos=(\\d{1,18}) end *\n");

    private BlockVerdict() {}

    static Optional<RecordProblem> of(Layout layout, long wanted, byte[] bytes) {
        long block = layout.blockOf(wanted);
        if (bytes.length == 0) {
            return problem(Kind.LOST, block, wanted, "lies beyond the end of the image");
        }
        if (zero(bytes)) {
            return problem(Kind.LOST, block, wanted, "is all zeroes");
        }
        if (bytes.length < layout.blockSize()) {
            return problem(Kind.TORN, block, wanted, "is cut by the end of the image");
        }
        Matcher record = RECORD.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
        if (!record.matches()) {
            return beingOverwritten(layout, wanted, bytes)
                    ? Optional.empty()
                    : problem(Kind.TORN, block, wanted, "holds no whole record");
        }
        return placed(layout, wanted, Long.parseLong(record.group(1)), Long.parseLong(record.group(2)));
    }

    private static Optional<RecordProblem> placed(Layout layout, long wanted, long sequence, long position) {
        long block = layout.blockOf(wanted);
        if (position != block || layout.blockOf(sequence) != block) {
            return problem(Kind.MISPLACED, block, wanted, "holds record " + sequence + " of block " + position);
        }
        return sequence < wanted
                ? problem(Kind.STALE, block, wanted, "still holds record " + sequence)
                : Optional.empty();
    }

    /** A guest that ends in the middle of a write leaves some sectors of the next round's record, which was never promised. */
    private static boolean beingOverwritten(Layout layout, long wanted, byte[] bytes) {
        byte[] old = layout.record(wanted);
        byte[] next = layout.record(wanted + layout.period());
        for (int from = 0; from < bytes.length; from += SECTOR) {
            int to = Math.min(bytes.length, from + SECTOR);
            if (!Arrays.equals(bytes, from, to, old, from, to) && !Arrays.equals(bytes, from, to, next, from, to)) {
                return false;
            }
        }
        return true;
    }

    private static boolean zero(byte[] bytes) {
        for (byte b : bytes) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    private static Optional<RecordProblem> problem(Kind kind, long block, long wanted, String found) {
        return Optional.of(new RecordProblem(kind, block, wanted, found));
    }
}
