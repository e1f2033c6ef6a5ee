package io.hvkit.qemu.inspect;

import io.hvkit.qemu.inspect.Finding.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/** Virtual PC's format: a raw disk and a footer, or a footer at both ends with a block table between them. */
final class VhdFormat implements FormatReader {

    static final String MAGIC = "conectix";
    private static final String DYNAMIC_MAGIC = "cxsparse";
    private static final int FOOTER_BYTES = 512;
    private static final int DYNAMIC_BYTES = 1024;
    private static final int FIXED = 2;
    private static final int DYNAMIC = 3;
    private static final int DIFFERENCING = 4;
    private static final int LOCATORS_AT = 576;
    private static final long MOST_CYLINDERS = 65_535L * 16 * 255;
    /** Programs whose images have the size that they say; for others qemu goes by the disk's geometry, which is smaller. */
    private static final Set<String> TRUE_SIZES = Set.of("win ", "qem2", "d2v ", "tap\0", "CTXS", "wa\0\0");

    @Override
    public FileFormat format() {
        return FileFormat.VHD;
    }

    @Override
    public Row row() {
        return new Row(
                "`conectix` at byte 0 or 512 bytes before the end",
                "size as qemu sees it, block size, fixed, dynamic or differencing",
                "a parent, another type or version, a wrong checksum, a saved state, a footer that is missing or differs,"
                        + " a block table beyond the end or too small for the disk");
    }

    @Override
    public boolean matches(Bytes bytes) throws InterruptedException {
        return bytes.has(0, MAGIC) || bytes.has(bytes.length() - FOOTER_BYTES, MAGIC);
    }

    @Override
    public void read(Bytes bytes, Report report) throws InterruptedException {
        boolean atEnd = bytes.has(bytes.length() - FOOTER_BYTES, MAGIC);
        if (!atEnd) {
            report.find(Kind.TRUNCATED, "its footer is not at the end");
        }
        ByteBuffer footer = bytes.big(atEnd ? bytes.length() - FOOTER_BYTES : 0, FOOTER_BYTES);
        requireChecksum(footer, 64, "its footer", report);
        if (footer.getInt(12) != 0x00010000) {
            report.find(Kind.UNKNOWN_FEATURE, "version %s; 1.0 is known", Shown.bits(footer.getInt(12)));
        }
        if (footer.get(84) != 0) {
            report.find(Kind.DIRTY, "it holds the saved state of a machine");
        }
        report.hasVirtualSize(size(footer));
        switch (footer.getInt(60)) {
            case FIXED -> fixed(bytes, footer, report);
            case DYNAMIC, DIFFERENCING -> dynamic(bytes, footer, report);
            default ->
                report.find(Kind.UNKNOWN_FEATURE, "an image of type %s", Integer.toUnsignedString(footer.getInt(60)));
        }
    }

    private static long size(ByteBuffer footer) {
        long geometry = (long) Short.toUnsignedInt(footer.getShort(56))
                * Byte.toUnsignedInt(footer.get(58))
                * Byte.toUnsignedInt(footer.get(59));
        String creator = new String(Bytes.part(footer, 28, 4), StandardCharsets.ISO_8859_1);
        return TRUE_SIZES.contains(creator) || geometry == MOST_CYLINDERS ? footer.getLong(48) : geometry * 512;
    }

    private static void fixed(Bytes bytes, ByteBuffer footer, Report report) throws InterruptedException {
        if (bytes.has(0, MAGIC)) { // qemu then reads a dynamic disk, of whatever size the beginning says
            report.find(Kind.MALFORMED, "a fixed disk that begins like a dynamic one");
        }
        long disk = bytes.length() - FOOTER_BYTES;
        if (footer.getLong(48) < 0 || footer.getLong(48) > disk || report.virtualSize() > disk) {
            report.find(
                    Kind.TRUNCATED,
                    "a fixed disk of %s bytes in a file of %s",
                    Long.toUnsignedString(footer.getLong(48)),
                    bytes.length());
        }
    }

    private static void dynamic(Bytes bytes, ByteBuffer footer, Report report) throws InterruptedException {
        Refusal.unless(bytes.has(0, MAGIC), "no copy of its footer at the beginning");
        if (!footer.equals(bytes.big(0, FOOTER_BYTES))) {
            report.find(Kind.MALFORMED, "its footer and the copy at the beginning differ");
        }
        long at = footer.getLong(16);
        Regions regions = new Regions(bytes.length(), report);
        regions.claim("the copy of the footer", 0, FOOTER_BYTES);
        regions.claim("the dynamic header", at, DYNAMIC_BYTES);
        Refusal.unless(bytes.has(at, DYNAMIC_MAGIC), "no dynamic header at byte %s", Long.toUnsignedString(at));
        ByteBuffer header = bytes.big(at, DYNAMIC_BYTES);
        requireChecksum(header, 36, "its dynamic header", report);
        long entries = Integer.toUnsignedLong(header.getInt(28));
        long block = Integer.toUnsignedLong(header.getInt(32));
        if (footer.getInt(60) == DIFFERENCING || header.getLong(40) != 0 || header.getLong(48) != 0) {
            parent(header, report);
        }
        Refusal.unless(Long.bitCount(block) == 1 && block >= 512, "blocks of %s bytes", block);
        report.hasClusters(block);
        if (entries > Integer.MAX_VALUE / 4) {
            report.find(Kind.EXCESSIVE_TABLE, "a block table of %s entries", entries);
        }
        if (report.virtualSize() / block + (report.virtualSize() % block == 0 ? 0 : 1) > entries) {
            report.find(
                    Kind.MALFORMED,
                    "a block table of %s entries for a disk of %s bytes",
                    entries,
                    report.virtualSize());
        }
        regions.claim("the block table", header.getLong(16), entries * 4);
    }

    private static void parent(ByteBuffer header, Report report) {
        String name = Bytes.text(header, 64, 512, StandardCharsets.UTF_16BE);
        report.names(
                Reference.Kind.PARENT,
                name,
                Optional.empty(),
                Kind.PARENT,
                "it holds the differences from " + Shown.name(name));
        for (int locator = 0; locator < 8; locator++) {
            int at = LOCATORS_AT + 24 * locator;
            if (header.getInt(at) != 0) {
                report.find(
                        Kind.PARENT,
                        "a parent is located by %s bytes at byte %s",
                        Integer.toUnsignedString(header.getInt(at + 8)),
                        Long.toUnsignedString(header.getLong(at + 16)));
            }
        }
    }

    /** The checksum is the complement of the sum of all bytes but its own. */
    private static void requireChecksum(ByteBuffer bytes, int at, String what, Report report) {
        int sum = 0;
        for (int i = 0; i < bytes.limit(); i++) {
            sum += i >= at && i < at + 4 ? 0 : Byte.toUnsignedInt(bytes.get(i));
        }
        if (~sum != bytes.getInt(at)) {
            report.find(Kind.MALFORMED, "the checksum of %s is wrong", what);
        }
    }
}
