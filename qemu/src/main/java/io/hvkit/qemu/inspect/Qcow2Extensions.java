package io.hvkit.qemu.inspect;

import io.hvkit.qemu.inspect.Finding.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What follows the fixed part of a qcow2 header: pieces with a type and a length, all in the first cluster. */
final class Qcow2Extensions {

    private static final int BACKING_FORMAT = 0xE2792ACA;
    private static final int FEATURE_NAMES = 0x6803F857;
    private static final int BITMAPS = 0x23852875;
    private static final int CRYPTO_HEADER = 0x0537BE77;
    private static final int DATA_FILE = 0x44415441;
    private static final int MOST = 64;
    private static final int LONGEST_FORMAT = 15;
    private static final int LONGEST_NAME = 4096;
    private static final int FEATURE_BYTES = 48;
    private static final int MOST_FEATURES = 192;
    private static final int SMALLEST_BITMAP = 24;

    private final Bytes bytes;
    private final long start;
    private final long end;
    private final Report report;
    private final Map<Integer, String> featureNames = new TreeMap<>();
    private Optional<String> backingFormat = Optional.empty();
    private Optional<String> dataFile = Optional.empty();
    private long bitmaps;
    private long bitmapDirectory;
    private long bitmapDirectoryBytes;
    private long luks;
    private long luksBytes;

    Qcow2Extensions(Bytes bytes, long start, long end, Report report) {
        this.bytes = bytes;
        this.start = start;
        this.end = end;
        this.report = report;
    }

    /** Walks them. Like qemu, it stops at the end mark, or where the room for them ends. */
    void read() throws InterruptedException {
        long at = start;
        for (int count = 0; at + 8 <= end && at + 8 <= bytes.length(); count++) {
            ByteBuffer head = bytes.big(at, 8);
            int type = head.getInt(0);
            long size = Integer.toUnsignedLong(head.getInt(4));
            Refusal.unless(size <= end - at - 8, "a header extension of %s bytes at byte %s", size, at);
            if (type == 0) {
                return;
            }
            Refusal.unless(count < MOST, "more than %s header extensions", MOST);
            extension(type, at + 8, size);
            at += 8 + (size + 7) / 8 * 8;
        }
    }

    private void extension(int type, long at, long size) throws InterruptedException {
        switch (type) {
            case BACKING_FORMAT -> {
                Refusal.unless(size <= LONGEST_FORMAT, "the name of a format with %s bytes", size);
                backingFormat = Optional.of(text(at, size));
            }
            case DATA_FILE -> dataFile = Optional.of(text(at, Math.min(size, LONGEST_NAME)));
            case FEATURE_NAMES -> featureNames(at, size);
            case BITMAPS -> {
                Refusal.unless(size == 24, "an extension for bitmaps of %s bytes", size);
                ByteBuffer fields = bytes.big(at, 24);
                bitmaps = Integer.toUnsignedLong(fields.getInt(0));
                bitmapDirectoryBytes = fields.getLong(8);
                bitmapDirectory = fields.getLong(16);
            }
            case CRYPTO_HEADER -> {
                Refusal.unless(size == 16, "an extension for encryption of %s bytes", size);
                ByteBuffer fields = bytes.big(at, 16);
                luks = fields.getLong(0);
                luksBytes = fields.getLong(8);
            }
            default -> {} // what has no bit among the features may be ignored by whoever does not know it
        }
    }

    private void featureNames(long at, long size) throws InterruptedException {
        if (size % FEATURE_BYTES != 0 || size / FEATURE_BYTES > MOST_FEATURES) {
            report.find(Kind.MALFORMED, "a table of feature names with %s bytes", size);
            return;
        }
        ByteBuffer table = bytes.big(at, (int) size);
        for (int entry = 0; entry < size; entry += FEATURE_BYTES) {
            int bit = Byte.toUnsignedInt(table.get(entry + 1));
            if (table.get(entry) == 0 && bit < Long.SIZE) {
                featureNames.put(bit, Bytes.text(table, entry + 2, FEATURE_BYTES - 2, StandardCharsets.UTF_8));
            }
        }
    }

    private String text(long at, long size) throws InterruptedException {
        return new String(bytes.array(at, (int) size), StandardCharsets.UTF_8);
    }

    /** Returns bits of incompatible features, with the names that the image has for them. */
    String names(long bits) {
        StringBuilder names = new StringBuilder(Shown.bits(bits));
        featureNames.forEach((bit, name) -> {
            if ((bits >>> bit & 1) != 0) {
                names.append(", ").append(Shown.name(name));
            }
        });
        return names.toString();
    }

    Optional<String> backingFormat() {
        return backingFormat;
    }

    Optional<String> dataFile() {
        return dataFile;
    }

    /** Returns how many bitmaps there are. */
    long bitmaps() {
        return bitmaps;
    }

    /** Notes where the bitmaps' directory is, if there is one. */
    void claimBitmaps(Regions regions) {
        if (bitmaps > 0) {
            regions.claim("the directory of bitmaps", bitmapDirectory, bitmapDirectoryBytes);
            if (bitmaps > 65_535 || bitmapDirectoryBytes < bitmaps * SMALLEST_BITMAP) {
                report.find(
                        Kind.EXCESSIVE_TABLE,
                        "%s bitmaps in a directory of %s bytes",
                        bitmaps,
                        Long.toUnsignedString(bitmapDirectoryBytes));
            }
        }
    }

    /** Reads the LUKS header that an encrypted image has inside. */
    void readLuks(Regions regions, long cluster) throws InterruptedException {
        Refusal.unless(luks != 0, "encrypted with LUKS, and it does not say where the header is");
        regions.claim("the LUKS header", luks, luksBytes);
        Refusal.unless(
                luks > 0 && luks % cluster == 0 && luksBytes >= Luks1Format.HEADER_BYTES,
                "a LUKS header of %s bytes at byte %s",
                Long.toUnsignedString(luksBytes),
                Long.toUnsignedString(luks));
        Luks1Format.requireHeader(bytes, luks, report);
    }
}
