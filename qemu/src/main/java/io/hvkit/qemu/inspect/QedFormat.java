package io.hvkit.qemu.inspect;

import io.hvkit.qemu.inspect.Finding.Kind;
import java.nio.ByteBuffer;
import java.util.Optional;

/** An abandoned successor of qcow2. */
final class QedFormat implements FormatReader {

    private static final int HEADER_BYTES = 64;
    private static final long BACKING_FILE = 1;
    private static final long NEEDS_CHECK = 1 << 1;
    private static final long RAW_BACKING = 1 << 2;

    @Override
    public FileFormat format() {
        return FileFormat.QED;
    }

    @Override
    public Row row() {
        return new Row(
                "`QED\\0` at byte 0",
                "size, cluster size, features",
                "backing file, features without a known meaning, need of a check, L1 table beyond the end");
    }

    @Override
    public boolean matches(Bytes bytes) throws InterruptedException {
        return bytes.has(0, "QED\0");
    }

    @Override
    public void read(Bytes bytes, Report report) throws InterruptedException {
        ByteBuffer header = bytes.little(0, HEADER_BYTES);
        long cluster = Integer.toUnsignedLong(header.getInt(4));
        long table = Integer.toUnsignedLong(header.getInt(8));
        Refusal.unless(
                Long.bitCount(cluster) == 1 && cluster >= 1 << 12 && cluster <= 1 << 26,
                "clusters of %s bytes",
                cluster);
        Refusal.unless(Long.bitCount(table) == 1 && table <= 16, "tables of %s clusters", table);
        long headerBytes = Integer.toUnsignedLong(header.getInt(12)) * cluster;
        report.hasVirtualSize(header.getLong(48));
        report.hasClusters(cluster);
        long features = header.getLong(16);
        if ((features & ~(BACKING_FILE | NEEDS_CHECK | RAW_BACKING)) != 0) {
            report.find(
                    Kind.UNKNOWN_FEATURE,
                    "features without a known meaning: %s",
                    Shown.bits(features & ~(BACKING_FILE | NEEDS_CHECK | RAW_BACKING)));
        }
        if ((features & NEEDS_CHECK) != 0) {
            report.find(Kind.DIRTY, "it was not closed, and must be checked before it is used");
        }
        if ((features & BACKING_FILE) != 0) {
            new BackingName(bytes, report)
                    .read(
                            Integer.toUnsignedLong(header.getInt(56)),
                            Integer.toUnsignedLong(header.getInt(60)),
                            headerBytes,
                            (features & RAW_BACKING) != 0 ? Optional.of("raw") : Optional.empty());
        }
        long entries = table * cluster / 8;
        if (report.virtualSize() / cluster / entries > entries) {
            report.find(Kind.MALFORMED, "a disk of %s bytes, more than its tables can hold", report.virtualSize());
        }
        Regions regions = new Regions(bytes.length(), report);
        regions.claim("the header", 0, headerBytes);
        regions.claim("the L1 table", header.getLong(40), table * cluster);
    }
}
