package io.hvkit.qemu.inspect;

import io.hvkit.qemu.inspect.Finding.Kind;
import io.hvkit.qemu.inspect.Qcow2Details.Compression;
import io.hvkit.qemu.inspect.Qcow2Details.L2Entries;
import io.hvkit.qemu.inspect.Qcow2Details.Refcounts;
import java.nio.ByteBuffer;
import java.util.Optional;

/** QEMU's own format, versions 2 and 3. */
final class Qcow2Format implements FormatReader {

    static final String MAGIC = "QFI\u00fb";

    private static final int V2_BYTES = 72;
    private static final int V3_BYTES = 104;
    private static final int LARGEST_KNOWN = 112;
    private static final long DIRTY = 1;
    private static final long CORRUPT = 1 << 1;
    private static final long DATA_FILE = 1 << 2;
    private static final long COMPRESSION = 1 << 3;
    private static final long EXTENDED_L2 = 1 << 4;
    private static final long LAZY_REFCOUNTS = 1;
    private static final int LUKS = 2;
    private static final long LARGEST_L1 = 32L << 20;
    private static final long LARGEST_REFCOUNT_TABLE = 8L << 20;
    private static final long MOST_SNAPSHOTS = 65_536;
    private static final int SMALLEST_SNAPSHOT = 40;

    /** The fixed part of the header. */
    private record Header(ByteBuffer bytes, int version) {

        long cluster() {
            return 1L << bytes.getInt(20);
        }

        int length() {
            return version == 2 ? V2_BYTES : bytes.getInt(100);
        }

        long incompatible() {
            return version == 2 ? 0 : bytes.getLong(72);
        }

        long compatible() {
            return version == 2 ? 0 : bytes.getLong(80);
        }

        int refcountOrder() {
            return version == 2 ? 4 : bytes.getInt(96);
        }

        boolean has(long feature) {
            return (incompatible() & feature) != 0;
        }

        int cryptMethod() {
            return bytes.getInt(32);
        }

        long snapshots() {
            return Integer.toUnsignedLong(bytes.getInt(60));
        }
    }

    @Override
    public FileFormat format() {
        return FileFormat.QCOW2;
    }

    @Override
    public Row row() {
        return new Row(
                "`QFI\\xfb` at byte 0 and a version other than 1",
                "size, cluster size, features, compression, subclusters, reference counts, snapshots, bitmaps, LUKS header",
                "backing file, data file, features without a known meaning, dirty or corrupt mark, AES encryption, L1 or"
                        + " reference count table beyond qemu's limits or too small for the disk");
    }

    @Override
    public boolean matches(Bytes bytes) throws InterruptedException {
        return bytes.has(0, MAGIC) && !bytes.has(4, "\0\0\0\u0001");
    }

    @Override
    public void read(Bytes bytes, Report report) throws InterruptedException {
        Header header = header(bytes);
        report.hasVirtualSize(header.bytes.getLong(24));
        report.hasClusters(header.cluster());
        if (report.virtualSize() % 512 != 0) {
            report.find(Kind.MALFORMED, "a disk of %s bytes, which is no multiple of 512", report.virtualSize());
        }
        Regions regions = new Regions(bytes.length(), report);
        regions.claim("the header", 0, header.length());
        tables(header, report, regions);
        encryption(header, report);
        Qcow2Extensions extensions = new Qcow2Extensions(bytes, header.length(), end(header), report);
        extensions.read();
        extensions.claimBitmaps(regions);
        features(header, extensions, report);
        files(bytes, header, extensions, report);
        details(header, extensions, report);
        if (header.cryptMethod() == LUKS) {
            extensions.readLuks(regions, header.cluster());
        }
    }

    /** Extensions end where the name of a backing file begins, or with the cluster. */
    private static long end(Header header) {
        long name = header.bytes.getLong(8);
        return name > 0 && name < header.cluster() ? name : header.cluster();
    }

    private static Header header(Bytes bytes) throws InterruptedException {
        int version = bytes.big(0, V2_BYTES).getInt(4);
        if (version != 2 && version != 3) {
            throw Refusal.because(
                    Kind.UNKNOWN_FEATURE, "version %s, and 2 and 3 are known", Integer.toUnsignedString(version));
        }
        Header header = new Header(bytes.big(0, version == 2 ? V2_BYTES : V3_BYTES), version);
        int clusterBits = header.bytes.getInt(20);
        Refusal.unless(
                clusterBits >= 9 && clusterBits <= 21,
                "clusters of 2^%s bytes; 2^9 to 2^21 are possible",
                Integer.toUnsignedString(clusterBits));
        Refusal.unless(
                header.length() >= (version == 2 ? V2_BYTES : V3_BYTES)
                        && header.length() <= header.cluster()
                        && header.length() % 8 == 0,
                "a header of %s bytes in a cluster of %s",
                Integer.toUnsignedString(header.length()),
                header.cluster());
        return new Header(bytes.big(0, Math.min(header.length(), LARGEST_KNOWN)), version);
    }

    private static void tables(Header header, Report report, Regions regions) {
        long l1 = Integer.toUnsignedLong(header.bytes.getInt(36)) * 8;
        long refcounts = Integer.toUnsignedLong(header.bytes.getInt(56)) * header.cluster();
        if (l1 > LARGEST_L1) {
            report.find(Kind.EXCESSIVE_TABLE, "an L1 table of %s bytes; qemu takes %s", l1, LARGEST_L1);
        }
        if (refcounts > LARGEST_REFCOUNT_TABLE) {
            report.find(
                    Kind.EXCESSIVE_TABLE,
                    "a reference count table of %s bytes; qemu takes %s",
                    refcounts,
                    LARGEST_REFCOUNT_TABLE);
        }
        requireRoomFor(header, l1 / 8, report);
        if (refcounts == 0) {
            report.find(Kind.MALFORMED, "no reference count table");
        }
        if (header.refcountOrder() < 0 || header.refcountOrder() > 6) {
            report.find(
                    Kind.MALFORMED,
                    "reference counts of 2^%s bits; 2^6 are possible",
                    Integer.toUnsignedString(header.refcountOrder()));
        }
        claim(regions, header, "the L1 table", header.bytes.getLong(40), l1, report);
        claim(regions, header, "the reference count table", header.bytes.getLong(48), refcounts, report);
        if (header.snapshots() > 0) {
            report.find(Kind.INTERNAL_SNAPSHOTS, "%s older states of the disk are inside", header.snapshots());
        }
        if (header.snapshots() > MOST_SNAPSHOTS) {
            report.find(Kind.EXCESSIVE_TABLE, "%s snapshots; qemu takes %s", header.snapshots(), MOST_SNAPSHOTS);
        }
        long snapshots = header.snapshots() * SMALLEST_SNAPSHOT;
        claim(regions, header, "the snapshot table", header.bytes.getLong(64), snapshots, report);
    }

    private static void claim(Regions regions, Header header, String what, long offset, long size, Report report) {
        regions.claim(what, offset, size);
        if (offset < 0 || offset % header.cluster() != 0) {
            report.find(
                    Kind.MALFORMED, "%s begins at byte %s, not with a cluster", what, Long.toUnsignedString(offset));
        }
    }

    /** Every entry of the L1 table stands for as many clusters as one cluster of L2 entries holds. */
    private static void requireRoomFor(Header header, long entries, Report report) {
        long covered = header.cluster() * (header.cluster() / (header.has(EXTENDED_L2) ? 16 : 8));
        long needed = report.virtualSize() / covered + (report.virtualSize() % covered == 0 ? 0 : 1);
        if (entries < needed) {
            report.find(Kind.MALFORMED, "an L1 table of %s entries for a disk that needs %s", entries, needed);
        }
        // Growing leaves half as much again, snapshots with the state of a machine somewhat more.
        if (entries > (1 << 16) && entries / 16 > needed) {
            report.find(Kind.EXCESSIVE_TABLE, "an L1 table of %s entries for a disk that needs %s", entries, needed);
        }
    }

    private static void encryption(Header header, Report report) {
        switch (header.cryptMethod()) {
            case 0 -> {}
            case 1 -> {
                report.isEncrypted(Encryption.LEGACY_AES);
                report.find(Kind.WEAK_ENCRYPTION, "encrypted with the AES of old, which protects nothing");
            }
            case LUKS -> {
                report.isEncrypted(Encryption.LUKS);
                report.find(Kind.ENCRYPTED, "encrypted with LUKS");
            }
            default ->
                report.find(
                        Kind.UNKNOWN_FEATURE,
                        "an encryption with the number %s, which nobody knows",
                        Integer.toUnsignedString(header.cryptMethod()));
        }
    }

    private static void features(Header header, Qcow2Extensions extensions, Report report) {
        long unknown = header.incompatible() & ~(DIRTY | CORRUPT | DATA_FILE | COMPRESSION | EXTENDED_L2);
        if (unknown != 0) {
            report.find(Kind.UNKNOWN_FEATURE, "features without a known meaning: %s", extensions.names(unknown));
        }
        if (header.has(DIRTY)) {
            report.find(Kind.DIRTY, "it was not closed, so its reference counts are not true");
        }
        if (header.has(CORRUPT)) {
            report.find(Kind.MARKED_CORRUPT, "a reader found it corrupt before");
        }
        if (header.has(EXTENDED_L2) && header.cluster() < 1 << 14) {
            report.find(Kind.MALFORMED, "subclusters in clusters of %s bytes, which are too small", header.cluster());
        }
        int compression = compression(header);
        if (compression > 1) {
            report.find(Kind.UNKNOWN_FEATURE, "compression of type %s, which nobody knows", compression);
        }
        if (header.has(COMPRESSION) == (compression == 0)) {
            report.find(Kind.MALFORMED, "compression of type %s, and its feature bit says otherwise", compression);
        }
    }

    private static int compression(Header header) {
        return header.length() > V3_BYTES ? Byte.toUnsignedInt(header.bytes.get(V3_BYTES)) : 0;
    }

    private static void files(Bytes bytes, Header header, Qcow2Extensions extensions, Report report)
            throws InterruptedException {
        if (header.has(DATA_FILE) || extensions.dataFile().isPresent()) {
            String name = extensions.dataFile().orElse("");
            report.names(
                    Reference.Kind.DATA_FILE,
                    name,
                    Optional.of("raw"),
                    Kind.DATA_FILE,
                    "its data is in another file, " + Shown.name(name));
        }
        long offset = header.bytes.getLong(8);
        long size = Integer.toUnsignedLong(header.bytes.getInt(16));
        if (offset != 0) {
            new BackingName(bytes, report).read(offset, size, header.cluster(), extensions.backingFormat());
        } else if (extensions.backingFormat().isPresent()) {
            report.find(Kind.BACKING_FILE, "the format of a backing file, and no backing file");
        }
    }

    private static void details(Header header, Qcow2Extensions extensions, Report report) {
        if (extensions.bitmaps() > 0) {
            report.find(Kind.BITMAPS, "%s bitmaps of changed blocks are inside", extensions.bitmaps());
        }
        report.hasDetails(new Qcow2Details(
                header.version,
                compression(header) == 1 ? Compression.ZSTD : Compression.ZLIB,
                header.has(EXTENDED_L2) ? L2Entries.EXTENDED : L2Entries.STANDARD,
                (header.compatible() & LAZY_REFCOUNTS) != 0 ? Refcounts.LAZY : Refcounts.STRICT,
                1 << Math.max(0, Math.min(6, header.refcountOrder())),
                header.snapshots(),
                extensions.bitmaps()));
    }
}
