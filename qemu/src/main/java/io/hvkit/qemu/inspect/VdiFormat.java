package io.hvkit.qemu.inspect;

import io.hvkit.qemu.inspect.Finding.Kind;
import java.nio.ByteBuffer;
import java.util.Optional;

/** VirtualBox's format. */
final class VdiFormat implements FormatReader {

    private static final int HEADER_BYTES = 512;
    private static final int VERSION = 0x00010001;

    @Override
    public FileFormat format() {
        return FileFormat.VDI;
    }

    @Override
    public Row row() {
        return new Row(
                "signature `7f 10 da be` at byte 64",
                "size, block size",
                "a parent or a snapshot's link, another version or type, a block map beyond the end or too small for the disk");
    }

    @Override
    public boolean matches(Bytes bytes) throws InterruptedException {
        return bytes.has(64, "\u007f\u0010\u00da\u00be");
    }

    @Override
    public void read(Bytes bytes, Report report) throws InterruptedException {
        ByteBuffer header = bytes.little(0, HEADER_BYTES);
        if (header.getInt(68) != VERSION) {
            throw Refusal.because(Kind.UNKNOWN_FEATURE, "version %s; 1.1 is known", Shown.bits(header.getInt(68)));
        }
        report.hasVirtualSize(header.getLong(368));
        long block = Integer.toUnsignedLong(header.getInt(376));
        report.hasClusters(block);
        int type = header.getInt(76);
        if (type != 1 && type != 2) {
            report.names(
                    Reference.Kind.PARENT,
                    "",
                    Optional.empty(),
                    Kind.PARENT,
                    "an image of type " + Integer.toUnsignedString(type)
                            + ", which holds differences; 1 and 2 stand alone");
        } else if (hasBits(header, 424) || hasBits(header, 440)) {
            report.names(
                    Reference.Kind.PARENT,
                    "",
                    Optional.empty(),
                    Kind.PARENT,
                    "it is linked to another image by its identifier");
        }
        if (header.getInt(360) != 512) {
            report.find(Kind.MALFORMED, "sectors of %s bytes", Integer.toUnsignedString(header.getInt(360)));
        }
        long blocks = Integer.toUnsignedLong(header.getInt(384));
        Refusal.unless(Long.bitCount(block) == 1 && block >= 512, "blocks of %s bytes", block);
        if (blocks * block < report.virtualSize()) {
            report.find(Kind.MALFORMED, "%s blocks for a disk of %s bytes", blocks, report.virtualSize());
        }
        if (Integer.toUnsignedLong(header.getInt(388)) > blocks) {
            report.find(Kind.MALFORMED, "more blocks are in use than there are");
        }
        if (header.getInt(340) % 512 != 0 || header.getInt(344) % 512 != 0) {
            report.find(Kind.MALFORMED, "its block map or its data begins inside a sector");
        }
        Regions regions = new Regions(bytes.length(), report);
        regions.claim("the header", 0, HEADER_BYTES);
        regions.claim("the block map", Integer.toUnsignedLong(header.getInt(340)), blocks * 4);
        regions.claim(
                "its data",
                Integer.toUnsignedLong(header.getInt(344)),
                Math.min(Integer.toUnsignedLong(header.getInt(388)), blocks) * block);
    }

    private static boolean hasBits(ByteBuffer header, int at) {
        return header.getLong(at) != 0 || header.getLong(at + 8) != 0;
    }
}
