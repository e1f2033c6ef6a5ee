package io.hvkit.qemu.inspect;

import io.hvkit.qemu.inspect.Finding.Kind;
import java.nio.ByteBuffer;
import java.util.Optional;

/** What came before qcow2. */
final class QcowFormat implements FormatReader {

    private static final int HEADER_BYTES = 48;

    @Override
    public FileFormat format() {
        return FileFormat.QCOW;
    }

    @Override
    public Row row() {
        return new Row(
                "`QFI\\xfb` at byte 0 and version 1",
                "size, cluster size",
                "backing file, AES encryption, L1 table beyond the end");
    }

    @Override
    public boolean matches(Bytes bytes) throws InterruptedException {
        return bytes.has(0, Qcow2Format.MAGIC + "\0\0\0\u0001");
    }

    @Override
    public void read(Bytes bytes, Report report) throws InterruptedException {
        ByteBuffer header = bytes.big(0, HEADER_BYTES);
        int clusterBits = Byte.toUnsignedInt(header.get(32));
        int l2Bits = Byte.toUnsignedInt(header.get(33));
        Refusal.unless(
                clusterBits >= 9 && clusterBits <= 16, "clusters of 2^%s bytes; 2^9 to 2^16 are possible", clusterBits);
        Refusal.unless(l2Bits >= 6 && l2Bits <= 13, "L2 tables of 2^%s entries; 2^6 to 2^13 are possible", l2Bits);
        report.hasVirtualSize(header.getLong(24));
        report.hasClusters(1L << clusterBits);
        long offset = header.getLong(8);
        if (offset != 0) {
            new BackingName(bytes, report)
                    .read(offset, Integer.toUnsignedLong(header.getInt(16)), bytes.length(), Optional.empty());
        }
        switch (header.getInt(36)) {
            case 0 -> {}
            case 1 -> {
                report.isEncrypted(Encryption.LEGACY_AES);
                report.find(Kind.WEAK_ENCRYPTION, "encrypted with the AES of old, which protects nothing");
            }
            case 2 -> {
                report.isEncrypted(Encryption.LUKS);
                report.find(Kind.UNKNOWN_FEATURE, "encrypted with LUKS, which this format does not know");
            }
            default -> report.find(Kind.UNKNOWN_FEATURE, "an encryption that nobody knows");
        }
        long covered = 1L << (clusterBits + l2Bits);
        long entries = report.virtualSize() / covered + (report.virtualSize() % covered == 0 ? 0 : 1);
        if (entries > (32 << 20) / 8) {
            report.find(Kind.EXCESSIVE_TABLE, "an L1 table of %s entries", entries);
        }
        Regions regions = new Regions(bytes.length(), report);
        regions.claim("the header", 0, HEADER_BYTES);
        regions.claim("the L1 table", header.getLong(40), entries * 8);
    }
}
