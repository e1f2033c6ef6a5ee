package io.hvkit.qemu.inspect;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.zip.CRC32;

/** The smallest sound image of each format, and the same with something changed before its checksums are made. */
final class Samples {

    static final int DISK = 1 << 20;

    private Samples() {}

    /** What is changed. */
    @FunctionalInterface
    interface Edit {
        /** Changes it; numbers are written in the format's own order. */
        void on(ByteBuffer image);
    }

    static final Edit NOTHING = image -> {};

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Returns one of the sound samples. */
    static byte[] sound(String name) {
        return Objects.requireNonNull(sound().get(name), name);
    }

    static byte[] bytes(ByteBuffer buffer) {
        return Bytes.part(buffer, 0, buffer.limit());
    }

    static Edit text(int at, String text) {
        return image -> image.put(at, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    static Edit u8(int at, int value) {
        return image -> image.put(at, (byte) value);
    }

    static Edit u16(int at, int value) {
        return image -> image.putShort(at, (short) value);
    }

    static Edit u32(int at, long value) {
        return image -> image.putInt(at, (int) value);
    }

    static Edit u64(int at, long value) {
        return image -> image.putLong(at, value);
    }

    static Edit all(Edit... edits) {
        return image -> {
            for (Edit edit : edits) {
                edit.on(image);
            }
        };
    }

    /** Returns every sound sample by a name for a file. */
    static Map<String, byte[]> sound() {
        Map<String, byte[]> samples = new TreeMap<>();
        samples.put("qcow2-v2", qcow2v2(NOTHING));
        samples.put("qcow2-v3", qcow2(NOTHING));
        samples.put("qcow2-luks", qcow2Luks(NOTHING));
        samples.put("qcow", qcow(NOTHING));
        samples.put("qed", qed(NOTHING));
        samples.put("luks1", luks1(NOTHING));
        samples.put("luks2", luks2(luks2Json(), NOTHING));
        samples.put("vmdk-sparse", vmdk(NOTHING));
        samples.put("vmdk-stream", vmdkStream(NOTHING));
        samples.put("vhd-fixed", HyperVSamples.vhdFixed(NOTHING));
        samples.put("vhd-dynamic", HyperVSamples.vhdDynamic(NOTHING, NOTHING));
        samples.put("vhdx", HyperVSamples.vhdx(NOTHING, NOTHING, NOTHING));
        samples.put("vdi", vdi(NOTHING));
        samples.put("iso", iso(NOTHING));
        samples.put("mbr", mbr(NOTHING));
        samples.put("gpt", gpt(NOTHING));
        return samples;
    }

    static byte[] qcow2v2(Edit edit) {
        ByteBuffer image = qcow2Base(2);
        edit.on(image);
        return bytes(image);
    }

    /** Clusters of 512 bytes: header, reference count table, one block of it, L1 table. */
    static byte[] qcow2(Edit edit) {
        ByteBuffer image = qcow2Base(3);
        image.putInt(96, 4).putInt(100, 104);
        edit.on(image);
        return bytes(image);
    }

    private static ByteBuffer qcow2Base(int version) {
        ByteBuffer image = ByteBuffer.allocate(8192);
        text(0, "QFI\u00fb").on(image);
        image.putInt(4, version).putInt(20, 9).putLong(24, DISK);
        image.putInt(36, 32).putLong(40, 1536).putLong(48, 512).putInt(56, 1);
        return image;
    }

    /** Returns a header extension, padded. */
    static Edit extension(int at, int type, byte[] data) {
        return image -> {
            image.putInt(at, type).putInt(at + 4, data.length);
            image.put(at + 8, data);
        };
    }

    static byte[] qcow2Luks(Edit edit) {
        return qcow2(all(
                u32(32, 2),
                extension(
                        104,
                        0x0537BE77,
                        bytes(ByteBuffer.allocate(16).putLong(2048).putLong(4096))),
                image -> luks1Header(image, 2048, 8),
                edit));
    }

    static byte[] qcow(Edit edit) {
        ByteBuffer image = ByteBuffer.allocate(4096);
        text(0, "QFI\u00fb").on(image);
        image.putInt(4, 1)
                .putLong(24, DISK)
                .put(32, (byte) 12)
                .put(33, (byte) 9)
                .putLong(40, 48);
        edit.on(image);
        return bytes(image);
    }

    static byte[] qed(Edit edit) {
        ByteBuffer image = ByteBuffer.allocate(12288).order(ByteOrder.LITTLE_ENDIAN);
        text(0, "QED\0").on(image);
        image.putInt(4, 4096).putInt(8, 1).putInt(12, 1).putLong(40, 4096).putLong(48, DISK);
        edit.on(image);
        return bytes(image);
    }

    static byte[] luks1(Edit edit) {
        ByteBuffer image = ByteBuffer.allocate(16384);
        luks1Header(image, 0, 8);
        edit.on(image);
        return bytes(image);
    }

    private static void luks1Header(ByteBuffer image, int at, int payloadSectors) {
        text(at, "LUKS\u00ba\u00be\0\u0001aes").on(image);
        text(at + 40, "xts-plain64").on(image);
        text(at + 72, "sha256").on(image);
        image.putInt(at + 104, payloadSectors).putInt(at + 108, 64);
        for (int slot = 0; slot < 8; slot++) {
            int field = at + 208 + 48 * slot;
            image.putInt(field, slot == 0 ? 0x00AC71F3 : 0x0000DEAD).putInt(field + 4, 1000);
            image.putInt(field + 40, slot == 0 ? 2 : 0).putInt(field + 44, 4);
        }
    }

    static String luks2Json() {
        return "{\"segments\":{\"0\":{\"type\":\"crypt\",\"offset\":\"32768\",\"size\":\"dynamic\",\"encryption\":\"aes-xts-plain64\"}}}";
    }

    static byte[] luks2(String json, Edit edit) {
        ByteBuffer image = ByteBuffer.allocate(65536);
        text(0, "LUKS\u00ba\u00be\0\u0002").on(image);
        image.putLong(8, 16384);
        text(72, "sha256").on(image);
        image.put(4096, json.getBytes(StandardCharsets.UTF_8));
        edit.on(image);
        int size = (int) Math.max(16384, Math.min(65536, image.getLong(8)));
        try {
            byte[] sum = MessageDigest.getInstance("SHA-256").digest(Arrays.copyOf(bytes(image), size));
            image.put(448, sum);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
        return bytes(image);
    }

    static String descriptor(String type, String... extents) {
        return "# Disk DescriptorFile\nversion=1\nCID=123\nparentCID=ffffffff\ncreateType=\"" + type + "\"\n"
                + String.join("\n", extents) + "\nddb.adapterType = \"ide\"\n";
    }

    /** Header, descriptor at sector 1, directories, and tables that are not there. */
    static byte[] vmdk(Edit edit) {
        ByteBuffer image = ByteBuffer.allocate(65536).order(ByteOrder.LITTLE_ENDIAN);
        text(0, "KDMV").on(image);
        image.putInt(4, 1)
                .putInt(8, 3)
                .putLong(12, DISK / 512)
                .putLong(20, 128)
                .putLong(28, 1)
                .putLong(36, 20);
        image.putInt(44, 512).putLong(48, 21).putLong(56, 26).putLong(64, 128);
        text(73, "\n \r\n").on(image);
        text(512, descriptor("monolithicSparse", "RW 2048 SPARSE \"me.vmdk\"")).on(image);
        edit.on(image);
        return bytes(image);
    }

    /** The directory is known from the footer alone. */
    static byte[] vmdkStream(Edit edit) {
        return vmdk(all(
                u32(4, 3),
                u32(8, 0x30003),
                u16(77, 1),
                text(512, descriptor("streamOptimized", "RW 2048 SPARSE \"me.vmdk\"")),
                image -> {
                    byte[] header = new byte[512];
                    image.get(0, header);
                    image.put(65536 - 1024, header);
                    image.putLong(56, -1);
                },
                edit));
    }

    static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    static byte[] vdi(Edit edit) {
        ByteBuffer image = little(1024);
        text(0, "<<< A Virtual Disk Image >>>\n").on(image);
        image.putInt(64, 0xBEDA107F).putInt(68, 0x10001).putInt(72, 0x180).putInt(76, 1);
        image.putInt(340, 512)
                .putInt(344, 1024)
                .putInt(360, 512)
                .putLong(368, DISK)
                .putInt(376, 1 << 20);
        image.putInt(384, 1);
        edit.on(image);
        return bytes(image);
    }

    static byte[] iso(Edit edit) {
        ByteBuffer image = little(65536);
        text(32768, "\u0001CD001\u0001").on(image);
        image.putInt(32768 + 80, 32).putShort(32768 + 128, (short) 2048);
        text(34816, "\u00ffCD001\u0001").on(image);
        edit.on(image);
        return bytes(image);
    }

    /** A raw disk with one partition. */
    static byte[] mbr(Edit edit) {
        ByteBuffer image = little(65536);
        image.put(446 + 4, (byte) 0x83).putInt(446 + 8, 1).putInt(446 + 12, 127);
        image.put(510, (byte) 0x55).put(511, (byte) 0xAA);
        edit.on(image);
        return bytes(image);
    }

    static byte[] gpt(Edit edit) {
        ByteBuffer image = little(65536);
        image.put(446 + 4, (byte) 0xEE).putInt(446 + 8, 1).putInt(446 + 12, 127);
        image.put(510, (byte) 0x55).put(511, (byte) 0xAA);
        text(512, "EFI PART").on(image);
        image.putInt(520, 0x10000).putInt(524, 92).putLong(536, 1).putLong(544, 127);
        image.putLong(552, 34).putLong(560, 94).putLong(584, 2).putInt(592, 128).putInt(596, 128);
        edit.on(image);
        image.putInt(528, 0);
        CRC32 sum = new CRC32();
        sum.update(bytes(image), 512, Math.max(0, Math.min(512, image.getInt(524))));
        image.putInt(528, (int) sum.getValue());
        return bytes(image);
    }
}
