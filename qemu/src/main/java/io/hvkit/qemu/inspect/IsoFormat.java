package io.hvkit.qemu.inspect;

import io.hvkit.qemu.inspect.Finding.Kind;
import java.nio.ByteBuffer;

/** An optical disc: ISO 9660, UDF, or both, which say the same of the same files. */
final class IsoFormat implements FormatReader {

    private static final long FIRST = 32_768;
    private static final int STEP = 2048;
    private static final int MOST = 32;
    private static final int PRIMARY = 1;
    private static final int TERMINATOR = 255;

    @Override
    public FileFormat format() {
        return FileFormat.ISO;
    }

    @Override
    public Row row() {
        return new Row(
                "`CD001`, or `BEA01` and then `NSR02` or `NSR03`, in the volume descriptors from byte 32768 on",
                "size, which is the file's",
                "a volume that reaches beyond the end");
    }

    @Override
    public boolean matches(Bytes bytes) throws InterruptedException {
        if (bytes.has(FIRST + 1, "CD001")) {
            return true;
        }
        for (int step = 0; step < 2 && bytes.has(FIRST + 1, "BEA01"); step++) {
            long next = FIRST + STEP * (1L + step) + 1;
            if (bytes.has(next, "NSR02") || bytes.has(next, "NSR03")) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void read(Bytes bytes, Report report) throws InterruptedException {
        report.hasVirtualSize(DiskContent.sectors(bytes.length()));
        if (bytes.length() % 512 != 0) {
            report.find(
                    Kind.TRUNCATED, "%s bytes are no whole number of sectors, so its end is missing", bytes.length());
        }
        for (int step = 0; step < MOST && bytes.has(FIRST + (long) STEP * step + 1, "CD001"); step++) {
            ByteBuffer descriptor = bytes.little(FIRST + (long) STEP * step, STEP);
            int type = Byte.toUnsignedInt(descriptor.get(0));
            if (type == TERMINATOR) {
                return;
            }
            if (type == PRIMARY) {
                long volume =
                        Integer.toUnsignedLong(descriptor.getInt(80)) * Short.toUnsignedInt(descriptor.getShort(128));
                if (volume > bytes.length()) {
                    report.find(
                            Kind.TRUNCATED,
                            "a volume of %s bytes, and the file ends at byte %s",
                            volume,
                            bytes.length());
                }
            }
        }
    }
}
