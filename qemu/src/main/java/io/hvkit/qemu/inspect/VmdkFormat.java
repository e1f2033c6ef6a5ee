package io.hvkit.qemu.inspect;

import io.hvkit.qemu.inspect.Finding.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** VMware's format: a sparse file, an older sparse file of ESX, or a text that says of which files the disk consists. */
final class VmdkFormat implements FormatReader {

    static final int LARGEST_DESCRIPTOR = 1 << 20;

    private static final String SPARSE = "KDMV";
    private static final String ESX_SPARSE = "COWD";
    private static final int HEADER_BYTES = 512;
    private static final long SECTOR = 512;
    private static final int PARENT_BYTES = 20 * 512;
    private static final long AT_END = -1;
    private static final int COMPRESSED = 1 << 16;
    private static final long MOST_GRAIN_TABLES = 32L << 20;

    @Override
    public FileFormat format() {
        return FileFormat.VMDK;
    }

    @Override
    public Row row() {
        return new Row(
                "`KDMV` or `COWD` at byte 0, or a text whose first line that says anything is `version=` or"
                        + " `# Disk DescriptorFile`",
                "size, grain size, the descriptor inside or alone",
                "extents in other files, a parent, a file for changes, an unclean shutdown, a missing footer, grain"
                        + " directories beyond the end");
    }

    @Override
    public boolean matches(Bytes bytes) throws InterruptedException {
        return bytes.has(0, SPARSE) || bytes.has(0, ESX_SPARSE) || isDescriptor(bytes);
    }

    @Override
    public void read(Bytes bytes, Report report) throws InterruptedException {
        if (bytes.has(0, SPARSE)) {
            parent(bytes, report);
            sparse(bytes, report);
        } else if (bytes.has(0, ESX_SPARSE)) {
            parent(bytes, report);
            esxSparse(bytes, report);
        } else {
            descriptor(bytes, report);
        }
    }

    /** qemu looks for a parent here, whatever the header says of where a descriptor is and how long, if there is one. */
    private static void parent(Bytes bytes, Report report) throws InterruptedException {
        int room = (int) Math.min(PARENT_BYTES, Math.max(0, bytes.length() - HEADER_BYTES));
        new VmdkDescriptor(bytes.array(HEADER_BYTES, room), report).readParent();
    }

    /** Like qemu, takes a text for a descriptor that names its version after nothing but comments and blank lines. */
    private static boolean isDescriptor(Bytes bytes) throws InterruptedException {
        int room = (int) Math.min(bytes.length(), Bytes.PAGE);
        if (room < 8 || !(bytes.has(0, "#") || bytes.has(0, "version=") || isBlank(bytes.array(0, 1)[0]))) {
            return false;
        }
        String text = new String(bytes.array(0, room), StandardCharsets.ISO_8859_1);
        for (String line : text.split("\n", -1)) {
            String said = line.strip().toLowerCase(Locale.ROOT);
            if (said.startsWith("version=") || said.equals("# disk descriptorfile")) {
                return true;
            }
            if (!said.isEmpty() && !said.startsWith("#")) {
                return false;
            }
        }
        return false;
    }

    private static boolean isBlank(byte letter) {
        return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
    }

    private static void descriptor(Bytes bytes, Report report) throws InterruptedException {
        if (bytes.length() > LARGEST_DESCRIPTOR) {
            report.find(Kind.EXCESSIVE_TABLE, "a descriptor of %s; qemu reads 1 MiB of it", bytes.size());
        }
        byte[] text = bytes.array(0, (int) Math.min(bytes.length(), LARGEST_DESCRIPTOR));
        new VmdkDescriptor(text, report).readAlone();
    }

    private static void sparse(Bytes bytes, Report report) throws InterruptedException {
        ByteBuffer header = bytes.little(0, HEADER_BYTES);
        int version = header.getInt(4);
        if (version < 1 || version > 3) {
            report.find(Kind.UNKNOWN_FEATURE, "version %s; 1 to 3 are known", Integer.toUnsignedString(version));
        }
        long capacity = header.getLong(12);
        report.hasSectors(capacity);
        Regions regions = new Regions(bytes.length(), report);
        regions.claim("the header", 0, HEADER_BYTES);
        embedded(bytes, header, regions, report);
        if (header.get(72) != 0) {
            report.find(Kind.DIRTY, "it was not closed");
        }
        if (header.get(73) != '\n' || header.get(74) != ' ' || header.get(75) != '\r' || header.get(76) != '\n') {
            report.find(Kind.MALFORMED, "line ends were changed, as by a transfer as text");
        }
        boolean compressed = (header.getInt(8) & COMPRESSED) != 0;
        int algorithm = Short.toUnsignedInt(header.getShort(77));
        if (compressed ? algorithm != 1 : algorithm != 0) {
            report.find(Kind.UNKNOWN_FEATURE, "compression of type %s", algorithm);
        }
        ByteBuffer tables = header.getLong(56) == AT_END ? footer(bytes) : header;
        Refusal.unless(
                tables.getLong(12) == capacity,
                "a footer for a disk of %s sectors",
                Long.toUnsignedString(tables.getLong(12)));
        grains(tables, regions, report);
        if (bytesOf(tables.getLong(64), "data") > bytes.length()) {
            report.find(Kind.TRUNCATED, "its data begins at sector %s, behind the end", tables.getLong(64));
        }
    }

    private static void embedded(Bytes bytes, ByteBuffer header, Regions regions, Report report)
            throws InterruptedException {
        long sector = header.getLong(28);
        long sectors = header.getLong(36);
        if (sector == 0) {
            if (header.getLong(12) == 0) {
                report.find(Kind.MALFORMED, "neither a disk nor a descriptor");
            }
            return;
        }
        long at = bytesOf(sector, "a descriptor");
        long size = bytesOf(sectors, "a descriptor");
        regions.claim("the descriptor", at, size);
        if (size > LARGEST_DESCRIPTOR) {
            report.find(Kind.EXCESSIVE_TABLE, "a descriptor of %s bytes", size);
        }
        byte[] text = bytes.array(at, (int) Math.min(size, LARGEST_DESCRIPTOR));
        VmdkDescriptor descriptor = new VmdkDescriptor(text, report);
        if (header.getLong(12) == 0) {
            descriptor.readAlone(); // qemu then goes by the descriptor, and opens what it names
        } else {
            descriptor.readEmbedded();
        }
    }

    private static ByteBuffer footer(Bytes bytes) throws InterruptedException {
        long at = bytes.length() - 2 * SECTOR;
        if (at < HEADER_BYTES || !bytes.has(at, SPARSE)) {
            throw Refusal.because(Kind.TRUNCATED, "its directory is in a footer, and there is none at the end");
        }
        return bytes.little(at, HEADER_BYTES);
    }

    private static void grains(ByteBuffer header, Regions regions, Report report) {
        long grain = header.getLong(20);
        long entries = Integer.toUnsignedLong(header.getInt(44));
        Refusal.unless(
                grain > 0 && grain <= 1 << 20 && Long.bitCount(grain) == 1,
                "grains of %s sectors",
                Long.toUnsignedString(grain));
        Refusal.unless(entries > 0 && entries <= 512, "grain tables of %s entries", entries);
        report.hasClusters(grain * SECTOR);
        long covered = grain * entries * SECTOR;
        long tables = report.virtualSize() / covered + (report.virtualSize() % covered == 0 ? 0 : 1);
        if (tables > MOST_GRAIN_TABLES) {
            report.find(Kind.EXCESSIVE_TABLE, "%s grain tables", tables);
        }
        regions.claim("the grain directory", bytesOf(header.getLong(56), "a grain directory"), tables * 4);
        if ((header.getInt(8) & 2) != 0) {
            regions.claim("the second grain directory", bytesOf(header.getLong(48), "a grain directory"), tables * 4);
        }
    }

    private static void esxSparse(Bytes bytes, Report report) throws InterruptedException {
        ByteBuffer header = bytes.little(0, 32);
        report.hasSectors(Integer.toUnsignedLong(header.getInt(12)));
        long granularity = Integer.toUnsignedLong(header.getInt(16));
        report.hasClusters(granularity * SECTOR);
        Refusal.unless(granularity > 0, "grains of no bytes");
        Regions regions = new Regions(bytes.length(), report);
        regions.claim("the header", 0, HEADER_BYTES);
        regions.claim(
                "the grain directory",
                Integer.toUnsignedLong(header.getInt(20)) * SECTOR,
                Integer.toUnsignedLong(header.getInt(24)) * 4);
        if (report.virtualSize() / SECTOR / granularity / 4096 > Integer.toUnsignedLong(header.getInt(24))) {
            report.find(Kind.MALFORMED, "a grain directory too small for the disk");
        }
    }

    private static long bytesOf(long sectors, String what) {
        Refusal.unless(
                sectors >= 0 && sectors <= Long.MAX_VALUE / SECTOR,
                "%s at sector %s",
                what,
                Long.toUnsignedString(sectors));
        return sectors * SECTOR;
    }

    static byte[] untilZero(byte[] text) {
        int end = 0;
        while (end < text.length && text[end] != 0) {
            end++;
        }
        return Arrays.copyOf(text, end);
    }
}
