package io.hvkit.qemu.inspect;

import io.hvkit.qemu.inspect.Finding.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** An encrypted disk with a header of the first version. */
final class Luks1Format implements FormatReader {

    static final String MAGIC = "LUKS\u00ba\u00be";
    static final int HEADER_BYTES = 592;

    private static final int SECTOR = 512;
    private static final int SLOTS = 8;
    private static final int SLOT_ACTIVE = 0x00AC71F3;
    private static final int SLOT_EMPTY = 0x0000DEAD;
    private static final int LARGEST_KEY_BYTES = 512;
    private static final long MOST_STRIPES = 65_536;

    @Override
    public FileFormat format() {
        return FileFormat.LUKS1;
    }

    @Override
    public Row row() {
        return new Row(
                "`LUKS\\xba\\xbe` at byte 0 and a version other than 2",
                "size, that it is encrypted",
                "a cipher that encrypts nothing, key slots over the data, a header without its data");
    }

    @Override
    public boolean matches(Bytes bytes) throws InterruptedException {
        return bytes.has(0, MAGIC) && !bytes.has(6, "\0\u0002");
    }

    @Override
    public void read(Bytes bytes, Report report) throws InterruptedException {
        report.isEncrypted(Encryption.LUKS);
        report.find(Kind.ENCRYPTED, "encrypted");
        long payload = requireHeader(bytes, 0, report);
        report.hasVirtualSize(Math.max(0, bytes.length() - payload));
        if (payload > bytes.length()) {
            report.find(
                    Kind.TRUNCATED,
                    "its data begins at byte %s, and the file ends at byte %s",
                    payload,
                    bytes.length());
        }
    }

    /** Reads the header, here or inside of qcow2, and returns where the encrypted data begins. */
    static long requireHeader(Bytes bytes, long at, Report report) throws InterruptedException {
        ByteBuffer header = bytes.big(at, HEADER_BYTES);
        Refusal.unless(bytes.has(at, MAGIC), "no LUKS header at byte %s", at);
        int version = Short.toUnsignedInt(header.getShort(6));
        if (version != 1) {
            throw Refusal.because(Kind.UNKNOWN_FEATURE, "LUKS of version %s", version);
        }
        requireCipher(text(header, 8), report);
        Refusal.unless(!text(header, 40).isEmpty() && !text(header, 72).isEmpty(), "a LUKS header with empty fields");
        long keyBytes = Integer.toUnsignedLong(header.getInt(108));
        Refusal.unless(keyBytes > 0 && keyBytes <= LARGEST_KEY_BYTES, "a LUKS key of %s bytes", keyBytes);
        long payload = Integer.toUnsignedLong(header.getInt(104)) * SECTOR;
        Refusal.unless(
                payload >= HEADER_BYTES, "encrypted data at byte %s, inside or apart from its LUKS header", payload);
        Regions regions = new Regions(payload, report);
        regions.claim("the LUKS header", 0, HEADER_BYTES);
        for (int slot = 0; slot < SLOTS; slot++) {
            slot(header, slot, keyBytes, regions, report);
        }
        return payload;
    }

    static void requireCipher(String cipher, Report report) {
        Refusal.unless(!cipher.isEmpty(), "no cipher");
        if (cipher.toLowerCase(Locale.ROOT).contains("null")) {
            report.find(Kind.WEAK_ENCRYPTION, "its cipher is %s, which encrypts nothing", Shown.name(cipher));
        }
    }

    private static void slot(ByteBuffer header, int slot, long keyBytes, Regions regions, Report report) {
        int at = 208 + 48 * slot;
        int state = header.getInt(at);
        if (state != SLOT_ACTIVE && state != SLOT_EMPTY) {
            report.find(Kind.MALFORMED, "LUKS key slot %s is neither in use nor empty", slot);
        }
        if (state == SLOT_ACTIVE) {
            long stripes = Integer.toUnsignedLong(header.getInt(at + 44));
            if (stripes == 0 || stripes > MOST_STRIPES) {
                report.find(Kind.MALFORMED, "LUKS key slot %s has %s stripes", slot, stripes);
            } else {
                long material = Integer.toUnsignedLong(header.getInt(at + 40)) * SECTOR;
                regions.claim("LUKS key slot " + slot, material, keyBytes * stripes);
            }
        }
    }

    private static String text(ByteBuffer header, int at) {
        return Bytes.text(header, at, 32, StandardCharsets.ISO_8859_1);
    }
}
