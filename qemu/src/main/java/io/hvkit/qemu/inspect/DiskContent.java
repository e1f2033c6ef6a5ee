package io.hvkit.qemu.inspect;

import io.hvkit.qemu.inspect.Finding.Kind;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32;

/** What the first sectors of a disk say of how it is divided. */
final class DiskContent {

    private static final int SECTOR = 512;
    private static final int PARTITIONS_AT = 446;
    private static final int PROTECTIVE = 0xEE;
    private static final int SMALLEST_GPT = 92;

    private final Bytes bytes;
    private final Report report;

    DiskContent(Bytes bytes, Report report) {
        this.bytes = bytes;
        this.report = report;
    }

    /** Returns a length in whole sectors, as qemu sees it. */
    static long sectors(long length) {
        return length > Long.MAX_VALUE - SECTOR ? length : (length + SECTOR - 1) / SECTOR * SECTOR;
    }

    /** Reads the disk of a file that is nothing else. */
    void readRaw() {
        report.hasVirtualSize(sectors(bytes.length()));
        if (bytes.length() == 0) {
            report.find(Kind.EMPTY, "it has no bytes");
        } else if (bytes.length() % SECTOR != 0) {
            report.find(
                    Kind.TRUNCATED,
                    "%s bytes are no whole number of sectors of 512, so its end is missing",
                    bytes.length());
        }
    }

    /** Returns how it is divided; what is wrong with the table becomes a finding. */
    Optional<PartitionTable> partitions() throws InterruptedException {
        if (bytes.has(SECTOR, "EFI PART")) {
            guid();
            return Optional.of(PartitionTable.GPT);
        }
        if (!bytes.has(SECTOR - 2, "U\u00aa")) {
            return Optional.empty();
        }
        ByteBuffer table = bytes.little(0, SECTOR);
        return isTable(table) ? master(table) : Optional.empty();
    }

    /** The same mark ends the first sector of a file system without partitions, whose code stands where the table would be. */
    private static boolean isTable(ByteBuffer sector) {
        boolean used = false;
        for (int at = PARTITIONS_AT; at < SECTOR - 2; at += 16) {
            if ((sector.get(at) & 0x7F) != 0) {
                return false;
            }
            used |= sector.get(at + 4) != 0 && sector.getInt(at + 8) != 0 && sector.getInt(at + 12) != 0;
        }
        return used;
    }

    private Optional<PartitionTable> master(ByteBuffer table) {
        for (int at = PARTITIONS_AT; at < SECTOR - 2; at += 16) {
            int type = Byte.toUnsignedInt(table.get(at + 4));
            long first = Integer.toUnsignedLong(table.getInt(at + 8));
            long count = Integer.toUnsignedLong(table.getInt(at + 12));
            if (type == PROTECTIVE) {
                report.find(
                        Kind.BAD_PARTITION_TABLE, "the record that protects a GUID partition table, and no such table");
            } else if (type != 0 && (first + count) * SECTOR > sectors(bytes.length())) {
                report.find(
                        Kind.BAD_PARTITION_TABLE,
                        "a partition of %s sectors at sector %s, and the disk has %s",
                        count,
                        first,
                        sectors(bytes.length()) / SECTOR);
            }
        }
        return Optional.of(PartitionTable.MBR);
    }

    private void guid() throws InterruptedException {
        ByteBuffer header = bytes.little(SECTOR, (int) Math.min(SECTOR, bytes.length() - SECTOR));
        if (header.limit() < SMALLEST_GPT) {
            report.find(Kind.BAD_PARTITION_TABLE, "a GUID partition table that is cut");
            return;
        }
        int size = header.getInt(12);
        if (size < SMALLEST_GPT || size > header.limit()) {
            report.find(Kind.BAD_PARTITION_TABLE, "a header of %s bytes", Integer.toUnsignedString(size));
            return;
        }
        byte[] cleared = Bytes.part(header, 0, header.limit());
        ByteBuffer.wrap(cleared).putInt(16, 0);
        CRC32 checksum = new CRC32();
        checksum.update(cleared, 0, size);
        if ((int) checksum.getValue() != header.getInt(16)) {
            report.find(Kind.BAD_PARTITION_TABLE, "the checksum of its GUID partition table is wrong");
        }
        long last = header.getLong(48);
        if (last < 0 || last >= sectors(bytes.length()) / SECTOR) {
            report.find(
                    Kind.BAD_PARTITION_TABLE,
                    "partitions may reach sector %s, and the disk has %s",
                    Long.toUnsignedString(last),
                    sectors(bytes.length()) / SECTOR);
        }
        long entries = Integer.toUnsignedLong(header.getInt(80));
        long entryBytes = Integer.toUnsignedLong(header.getInt(84));
        if (header.getLong(72) < 2 || entries > 1024 || entryBytes < 128 || entryBytes > 4096) {
            report.find(
                    Kind.BAD_PARTITION_TABLE,
                    "%s entries of %s bytes at sector %s",
                    entries,
                    entryBytes,
                    Long.toUnsignedString(header.getLong(72)));
        }
    }
}
