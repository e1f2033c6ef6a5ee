package io.hvkit.qemu.inspect;

import static io.hvkit.qemu.inspect.Samples.all;
import static io.hvkit.qemu.inspect.Samples.ascii;
import static io.hvkit.qemu.inspect.Samples.extension;
import static io.hvkit.qemu.inspect.Samples.text;
import static io.hvkit.qemu.inspect.Samples.u16;
import static io.hvkit.qemu.inspect.Samples.u32;
import static io.hvkit.qemu.inspect.Samples.u64;
import static io.hvkit.qemu.inspect.Samples.u8;
import static io.hvkit.qemu.inspect.Samples.utf8;

import io.hvkit.qemu.inspect.Finding.Kind;
import io.hvkit.qemu.inspect.Samples.Edit;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Qcow2 images that must be refused. */
final class HostileQcow2 {

    private static final int BACKING_FORMAT = 0xE2792ACA;
    private static final int DATA_FILE = 0x44415441;
    private static final int BITMAPS = 0x23852875;
    private static final int FEATURES = 0x6803F857;
    private static final int CRYPTO = 0x0537BE77;

    private final HostileImages corpus;

    HostileQcow2(HostileImages corpus) {
        this.corpus = corpus;
    }

    void addAll() {
        qcow2Names();
        qcow2Headers();
        qcow2Features();
        qcow2Extensions();
    }

    /** A qcow2 with larger clusters has room for long names. */
    private static Edit roomy(Edit edit) {
        return all(u32(20, 12), u64(40, 4096), u64(48, 8192 - 4096 + 4096), edit);
    }

    private static byte[] qcow2Roomy(Edit edit) {
        byte[] small = Samples.qcow2(image -> {});
        byte[] large = Arrays.copyOf(small, 16384);
        ByteBuffer image = ByteBuffer.wrap(large);
        roomy(edit).on(image);
        return large;
    }

    private static Edit backing(String name) {
        return all(
                u64(8, 2048),
                u32(16, utf8(name).length),
                text(2048, new String(utf8(name), StandardCharsets.ISO_8859_1)));
    }

    private void qcow2Names() {
        for (int i = 0; i < corpus.names().size(); i++) {
            String name = corpus.names().get(i);
            corpus.add("qcow2 backing file " + i, Kind.BACKING_FILE, qcow2Roomy(backing(name)));
            corpus.add(
                    "qcow2 data file " + i,
                    Kind.DATA_FILE,
                    qcow2Roomy(all(u64(72, 4), extension(104, DATA_FILE, utf8(name)))));
            corpus.add(
                    "qcow2 raw backing file " + i,
                    Kind.BACKING_FILE,
                    qcow2Roomy(all(backing(name), extension(104, BACKING_FORMAT, ascii("raw")))));
        }
        corpus.add(
                "qcow2 data file without its bit",
                Kind.DATA_FILE,
                qcow2Roomy(extension(104, DATA_FILE, ascii("/etc/shadow"))));
        corpus.add("qcow2 data file without a name", Kind.DATA_FILE, Samples.qcow2(u64(72, 4)));
        corpus.add(
                "qcow2 backing format without a file",
                Kind.BACKING_FILE,
                Samples.qcow2(extension(104, BACKING_FORMAT, ascii("raw"))));
        corpus.add(
                "qcow2 v2 backing file",
                Kind.BACKING_FILE,
                Samples.qcow2v2(all(u64(8, 200), u32(16, 11), text(200, "/etc/shadow"))));
        corpus.add("qcow2 backing name outside", Kind.BACKING_FILE, Samples.qcow2(all(u64(8, 1L << 40), u32(16, 20))));
        corpus.add("qcow2 backing name negative", Kind.MALFORMED, Samples.qcow2(all(u64(8, -8), u32(16, 20))));
        corpus.add("qcow2 backing name huge", Kind.MALFORMED, Samples.qcow2(all(u64(8, 128), u32(16, -1))));
        corpus.add("qcow2 backing name of no letters", Kind.MALFORMED, Samples.qcow2(all(u64(8, 128), u32(16, 0))));
        corpus.add(
                "qcow2 backing name over the cluster", Kind.MALFORMED, Samples.qcow2(all(u64(8, 500), u32(16, 100))));
        corpus.add("qcow2 long backing name", Kind.MALFORMED, qcow2Roomy(all(u64(8, 1024), u32(16, 1024))));
    }

    private void qcow2Headers() {
        for (int version : new int[] {0, 4, 5, 255, -1}) {
            corpus.add("qcow2 version " + version, Kind.UNKNOWN_FEATURE, Samples.qcow2(u32(4, version)));
        }
        for (int bits : new int[] {0, 8, 22, 31, 32, 63, 64, -1, Integer.MIN_VALUE}) {
            corpus.add("qcow2 cluster bits " + bits, Kind.MALFORMED, Samples.qcow2(u32(20, bits)));
        }
        for (long size : new long[] {-1, Long.MIN_VALUE, 513}) {
            corpus.add("qcow2 size " + size, Kind.MALFORMED, Samples.qcow2(u64(24, size)));
        }
        corpus.add("qcow2 size of everything", Kind.TOO_LARGE, Samples.qcow2(u64(24, Long.MAX_VALUE - 511)));
        corpus.add("qcow2 size bomb", Kind.TOO_LARGE, Samples.qcow2(u64(24, 1L << 50)));
        corpus.add("qcow2 size without room in the L1 table", Kind.MALFORMED, Samples.qcow2(u64(24, 1L << 30)));
        corpus.add("qcow2 L1 bomb", Kind.EXCESSIVE_TABLE, Samples.qcow2(u32(36, -1)));
        corpus.add("qcow2 L1 far larger than needed", Kind.EXCESSIVE_TABLE, Samples.qcow2(u32(36, 4 << 20)));
        for (long at : new long[] {1L << 62, 1 << 20, -512, Long.MIN_VALUE}) {
            Kind rule = at > 0 ? Kind.TRUNCATED : Kind.MALFORMED;
            corpus.add("qcow2 L1 at " + at, rule, Samples.qcow2(u64(40, at)));
            corpus.add("qcow2 reference counts at " + at, rule, Samples.qcow2(u64(48, at)));
            corpus.add("qcow2 snapshots at " + at, rule, Samples.qcow2(all(u32(60, 1), u64(64, at))));
        }
        corpus.add("qcow2 L1 over the header", Kind.MALFORMED, Samples.qcow2(u64(40, 0)));
        corpus.add("qcow2 L1 over the reference counts", Kind.MALFORMED, Samples.qcow2(u64(40, 512)));
        corpus.add("qcow2 L1 inside a cluster", Kind.MALFORMED, Samples.qcow2(u64(40, 2056)));
        corpus.add("qcow2 reference counts over the header", Kind.MALFORMED, Samples.qcow2(u64(48, 0)));
        corpus.add("qcow2 no reference counts", Kind.MALFORMED, Samples.qcow2(u32(56, 0)));
        corpus.add("qcow2 reference count bomb", Kind.EXCESSIVE_TABLE, Samples.qcow2(u32(56, -1)));
        corpus.add("qcow2 snapshot", Kind.INTERNAL_SNAPSHOTS, Samples.qcow2(all(u32(60, 1), u64(64, 4096))));
        corpus.add("qcow2 snapshot bomb", Kind.EXCESSIVE_TABLE, Samples.qcow2(all(u32(60, -1), u64(64, 4096))));
        for (int length : new int[] {0, 72, 103, 105, 520, -1, Integer.MIN_VALUE}) {
            corpus.add("qcow2 header length " + length, Kind.MALFORMED, Samples.qcow2(u32(100, length)));
        }
        for (int order : new int[] {7, 64, -1}) {
            corpus.add("qcow2 reference counts of order " + order, Kind.MALFORMED, Samples.qcow2(u32(96, order)));
        }
        corpus.add("qcow2 aes", Kind.WEAK_ENCRYPTION, Samples.qcow2(u32(32, 1)));
        corpus.add("qcow2 unknown encryption", Kind.UNKNOWN_FEATURE, Samples.qcow2(u32(32, 3)));
        corpus.add("qcow2 luks", Kind.ENCRYPTED, Samples.qcow2Luks(image -> {}));
    }

    private void qcow2Features() {
        for (int bit = 5; bit < 64; bit += 6) {
            corpus.add("qcow2 unknown feature " + bit, Kind.UNKNOWN_FEATURE, Samples.qcow2(u64(72, 1L << bit)));
        }
        byte[] table = new byte[48];
        table[1] = 40;
        System.arraycopy(ascii("evil\u0007\n'name"), 0, table, 2, 11);
        corpus.add(
                "qcow2 unknown feature with a name",
                Kind.UNKNOWN_FEATURE,
                Samples.qcow2(all(u64(72, 1L << 40), extension(104, FEATURES, table))));
        corpus.add("qcow2 dirty", Kind.DIRTY, Samples.qcow2(u64(72, 1)));
        corpus.add("qcow2 corrupt", Kind.MARKED_CORRUPT, Samples.qcow2(u64(72, 2)));
        corpus.add("qcow2 compression bit without a type", Kind.MALFORMED, Samples.qcow2(u64(72, 8)));
        corpus.add(
                "qcow2 compression type without a bit", Kind.MALFORMED, Samples.qcow2(all(u32(100, 112), u8(104, 1))));
        corpus.add(
                "qcow2 unknown compression",
                Kind.UNKNOWN_FEATURE,
                Samples.qcow2(all(u64(72, 8), u32(100, 112), u8(104, 9))));
        corpus.add("qcow2 subclusters in small clusters", Kind.MALFORMED, Samples.qcow2(u64(72, 16)));
    }

    private void qcow2Extensions() {
        for (int type : new int[] {BACKING_FORMAT, DATA_FILE, BITMAPS, FEATURES, CRYPTO, 0x12345678}) {
            corpus.add(
                    "qcow2 endless extension " + type,
                    Kind.MALFORMED,
                    Samples.qcow2(all(u32(104, type), u32(108, -1))));
            corpus.add(
                    "qcow2 long extension " + type, Kind.MALFORMED, Samples.qcow2(all(u32(104, type), u32(108, 401))));
        }
        corpus.add(
                "qcow2 backing format too long",
                Kind.MALFORMED,
                Samples.qcow2(extension(104, BACKING_FORMAT, new byte[200])));
        corpus.add("qcow2 feature names cut", Kind.MALFORMED, Samples.qcow2(extension(104, FEATURES, new byte[49])));
        corpus.add("qcow2 bitmaps cut", Kind.MALFORMED, Samples.qcow2(extension(104, BITMAPS, new byte[8])));
        byte[] bitmaps = new byte[24];
        Arrays.fill(bitmaps, 0, 4, (byte) 0xFF);
        corpus.add("qcow2 bitmap bomb", Kind.EXCESSIVE_TABLE, Samples.qcow2(extension(104, BITMAPS, bitmaps)));
        corpus.add("qcow2 many extensions", Kind.MALFORMED, qcow2Roomy(image -> {
            for (int at = 104; at < 4096; at += 8) {
                image.putInt(at, 7);
            }
        }));
        corpus.add("qcow2 luks without a header", Kind.MALFORMED, Samples.qcow2(u32(32, 2)));
        for (long at : new long[] {-512, 100, 1L << 40, 512}) {
            byte[] where = Samples.bytes(ByteBuffer.allocate(16).putLong(0, at).putLong(8, 4096));
            corpus.add(
                    "qcow2 luks header at " + at,
                    at == 1L << 40 ? Kind.TRUNCATED : Kind.MALFORMED,
                    Samples.qcow2(all(u32(32, 2), extension(104, CRYPTO, where))));
        }
        corpus.add("qcow2 luks null cipher", Kind.WEAK_ENCRYPTION, Samples.qcow2Luks(text(2056, "cipher_null\0")));
        corpus.add("qcow2 luks2", Kind.UNKNOWN_FEATURE, Samples.qcow2Luks(u16(2054, 2)));
    }
}
