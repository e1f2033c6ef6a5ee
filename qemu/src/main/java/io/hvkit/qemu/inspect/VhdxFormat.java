package io.hvkit.qemu.inspect;

import io.hvkit.qemu.inspect.Finding.Kind;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;

/** Hyper-V's later format: two headers, two region tables, and regions with a log, a block table and metadata. */
final class VhdxFormat implements FormatReader {

    private static final long KIB = 1024;
    private static final int HEADER_BYTES = 4096;
    private static final int TABLE_BYTES = 64 << 10;
    private static final int MOST_ENTRIES = 2047;
    private static final UUID BLOCK_TABLE = UUID.fromString("2dc27766-f623-4200-9d64-115e9bfd4a08");
    private static final UUID METADATA = UUID.fromString("8b7ca206-4790-4b9a-b8fe-575f050f886e");

    @Override
    public FileFormat format() {
        return FileFormat.VHDX;
    }

    @Override
    public Row row() {
        return new Row(
                "`vhdxfile` at byte 0",
                "size, block size, headers, region table, metadata",
                "a parent, a log that wants to be replayed, required regions or metadata without a known meaning, wrong"
                        + " checksums");
    }

    @Override
    public boolean matches(Bytes bytes) throws InterruptedException {
        return bytes.has(0, "vhdxfile");
    }

    @Override
    public void read(Bytes bytes, Report report) throws InterruptedException {
        Regions regions = new Regions(bytes.length(), report);
        regions.claim("the headers", 0, 1 << 20);
        header(bytes, regions, report);
        ByteBuffer table = regionTable(bytes);
        int count = table.getInt(8);
        Refusal.unless(count >= 0 && count <= MOST_ENTRIES, "%s regions", Integer.toUnsignedString(count));
        Optional<Long> metadata = Optional.empty();
        boolean blocks = false;
        for (int entry = 0; entry < count; entry++) {
            int at = 16 + 32 * entry;
            UUID id = identifier(table, at);
            long offset = table.getLong(at + 16);
            regions.claim("region " + id, offset, Integer.toUnsignedLong(table.getInt(at + 24)));
            if (id.equals(METADATA)) {
                Refusal.unless(metadata.isEmpty(), "two regions with metadata");
                metadata = Optional.of(offset);
            } else if (id.equals(BLOCK_TABLE)) {
                blocks = true;
            } else if ((table.getInt(at + 28) & 1) != 0) {
                report.find(Kind.UNKNOWN_FEATURE, "a required region without a known meaning, %s", id);
            }
        }
        Refusal.unless(metadata.isPresent() && blocks, "it lacks its block table or its metadata");
        new VhdxMetadata(bytes, metadata.orElseThrow(), report).read();
    }

    /** Two headers are written in turn: the one that is whole and later counts. */
    private static void header(Bytes bytes, Regions regions, Report report) throws InterruptedException {
        ByteBuffer first = bytes.little(64 * KIB, HEADER_BYTES);
        ByteBuffer second = bytes.little(128 * KIB, HEADER_BYTES);
        boolean firstIsWhole = isWhole(first, "head");
        boolean secondIsWhole = isWhole(second, "head");
        Refusal.unless(firstIsWhole || secondIsWhole, "neither of its headers is whole");
        boolean takeFirst =
                firstIsWhole && (!secondIsWhole || Long.compareUnsigned(first.getLong(8), second.getLong(8)) >= 0);
        ByteBuffer header = takeFirst ? first : second;
        if (header.getShort(66) != 1) {
            report.find(Kind.UNKNOWN_FEATURE, "version %s", Short.toUnsignedInt(header.getShort(66)));
        }
        if (header.getLong(48) != 0 || header.getLong(56) != 0) {
            report.find(Kind.DIRTY, "it was not closed, and its log wants to be replayed");
        }
        regions.claim("the log", header.getLong(72), Integer.toUnsignedLong(header.getInt(68)));
    }

    private static ByteBuffer regionTable(Bytes bytes) throws InterruptedException {
        ByteBuffer first = bytes.little(192 * KIB, TABLE_BYTES);
        if (isWhole(first, "regi")) {
            return first;
        }
        ByteBuffer second = bytes.little(256 * KIB, TABLE_BYTES);
        Refusal.unless(isWhole(second, "regi"), "neither of its region tables is whole");
        return second;
    }

    private static boolean isWhole(ByteBuffer part, String signature) {
        byte[] bytes = Bytes.part(part, 0, part.limit());
        for (int i = 0; i < 4; i++) {
            if (bytes[i] != signature.charAt(i)) {
                return false;
            }
            bytes[4 + i] = 0;
        }
        CRC32C checksum = new CRC32C();
        checksum.update(bytes);
        return (int) checksum.getValue() == part.getInt(4);
    }

    /** Reads an identifier as Windows writes them: the first three fields with the low byte first. */
    static UUID identifier(ByteBuffer little, int at) {
        long high = Integer.toUnsignedLong(little.getInt(at)) << 32
                | Short.toUnsignedLong(little.getShort(at + 4)) << 16
                | Short.toUnsignedLong(little.getShort(at + 6));
        return new UUID(high, Long.reverseBytes(little.getLong(at + 8)));
    }
}
