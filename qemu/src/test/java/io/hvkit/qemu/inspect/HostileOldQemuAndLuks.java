package io.hvkit.qemu.inspect;

import static io.hvkit.qemu.inspect.Samples.all;
import static io.hvkit.qemu.inspect.Samples.text;
import static io.hvkit.qemu.inspect.Samples.u16;
import static io.hvkit.qemu.inspect.Samples.u32;
import static io.hvkit.qemu.inspect.Samples.u64;
import static io.hvkit.qemu.inspect.Samples.u8;
import static io.hvkit.qemu.inspect.Samples.utf8;

import io.hvkit.qemu.inspect.Finding.Kind;
import java.util.List;

/** Images of qcow, QED and LUKS that must be refused. */
final class HostileOldQemuAndLuks {

    private final HostileImages corpus;

    HostileOldQemuAndLuks(HostileImages corpus) {
        this.corpus = corpus;
    }

    void addAll() {
        oldQemu();
        luks();
    }

    private void oldQemu() {
        corpus.add("qcow", Kind.FORMAT_NOT_ALLOWED, Samples.qcow(image -> {}));
        corpus.add(
                "qcow backing file",
                Kind.BACKING_FILE,
                Samples.qcow(
                        all(u64(8, 200), u32(16, 11), text(200, corpus.names().get(2)))));
        corpus.add("qcow backing name outside", Kind.BACKING_FILE, Samples.qcow(all(u64(8, 1L << 60), u32(16, 11))));
        corpus.add("qcow aes", Kind.WEAK_ENCRYPTION, Samples.qcow(u32(36, 1)));
        corpus.add("qcow luks", Kind.UNKNOWN_FEATURE, Samples.qcow(u32(36, 2)));
        corpus.add("qcow unknown encryption", Kind.UNKNOWN_FEATURE, Samples.qcow(u32(36, 77)));
        corpus.add("qcow cluster bits", Kind.MALFORMED, Samples.qcow(u8(32, 60)));
        corpus.add("qcow L2 bits", Kind.MALFORMED, Samples.qcow(u8(33, 60)));
        corpus.add("qcow size", Kind.MALFORMED, Samples.qcow(u64(24, -1)));
        corpus.add("qcow size bomb", Kind.EXCESSIVE_TABLE, Samples.qcow(u64(24, Long.MAX_VALUE)));
        corpus.add("qcow L1 outside", Kind.TRUNCATED, Samples.qcow(u64(40, 1L << 50)));
        corpus.add("qcow L1 over the header", Kind.MALFORMED, Samples.qcow(u64(40, 8)));
        corpus.add("qed", Kind.FORMAT_NOT_ALLOWED, Samples.qed(image -> {}));
        for (int i = 0; i < corpus.names().size(); i++) {
            byte[] name = utf8(corpus.names().get(i));
            corpus.add(
                    "qed backing file " + i,
                    Kind.BACKING_FILE,
                    Samples.qed(all(u64(16, 1), u32(56, 64), u32(60, name.length), image -> image.put(64, name))));
        }
        corpus.add(
                "qed backing name outside", Kind.BACKING_FILE, Samples.qed(all(u64(16, 1), u32(56, -1), u32(60, -1))));
        corpus.add("qed unknown feature", Kind.UNKNOWN_FEATURE, Samples.qed(u64(16, 8)));
        corpus.add("qed dirty", Kind.DIRTY, Samples.qed(u64(16, 2)));
        corpus.add("qed clusters", Kind.MALFORMED, Samples.qed(u32(4, 12345)));
        corpus.add("qed tables", Kind.MALFORMED, Samples.qed(u32(8, 17)));
        corpus.add("qed no tables", Kind.MALFORMED, Samples.qed(u32(8, 0)));
        corpus.add("qed header bomb", Kind.TRUNCATED, Samples.qed(u32(12, -1)));
        corpus.add("qed L1 outside", Kind.TRUNCATED, Samples.qed(u64(40, 1L << 40)));
        corpus.add("qed size", Kind.MALFORMED, Samples.qed(u64(48, 1L << 60)));
    }

    private void luks() {
        corpus.add("luks1", Kind.ENCRYPTED, Samples.luks1(image -> {}));
        corpus.add("luks3", Kind.UNKNOWN_FEATURE, Samples.luks1(u16(6, 3)));
        corpus.add("luks1 null cipher", Kind.WEAK_ENCRYPTION, Samples.luks1(text(8, "cipher_null\0")));
        corpus.add("luks1 no cipher", Kind.MALFORMED, Samples.luks1(text(8, "\0\0\0\0")));
        corpus.add("luks1 no mode", Kind.MALFORMED, Samples.luks1(u8(40, 0)));
        corpus.add("luks1 no hash", Kind.MALFORMED, Samples.luks1(u8(72, 0)));
        corpus.add("luks1 data apart", Kind.MALFORMED, Samples.luks1(u32(104, 0)));
        corpus.add("luks1 data in the header", Kind.MALFORMED, Samples.luks1(u32(104, 1)));
        corpus.add("luks1 data behind the end", Kind.TRUNCATED, Samples.luks1(u32(104, -1)));
        corpus.add("luks1 key of no bytes", Kind.MALFORMED, Samples.luks1(u32(108, 0)));
        corpus.add("luks1 key bomb", Kind.MALFORMED, Samples.luks1(u32(108, -1)));
        corpus.add("luks1 slot neither", Kind.MALFORMED, Samples.luks1(u32(208, 7)));
        corpus.add("luks1 stripe bomb", Kind.MALFORMED, Samples.luks1(u32(252, -1)));
        corpus.add("luks1 no stripes", Kind.MALFORMED, Samples.luks1(u32(252, 0)));
        corpus.add("luks1 slot over the header", Kind.MALFORMED, Samples.luks1(u32(248, 0)));
        corpus.add("luks1 slot over the data", Kind.TRUNCATED, Samples.luks1(u32(248, 100)));
        String good = Samples.luks2Json();
        corpus.add("luks2", Kind.ENCRYPTED, Samples.luks2(good, image -> {}));
        for (long size : new long[] {0, 4096, 20000, 8 << 20, Long.MAX_VALUE, -1}) {
            corpus.add("luks2 header of " + size, Kind.MALFORMED, Samples.luks2(good, u64(8, size)));
        }
        corpus.add("luks2 header behind the end", Kind.TRUNCATED, Samples.luks2(good, u64(8, 4 << 20)));
        byte[] changed = Samples.luks2(good, image -> {});
        changed[5000] ^= 1;
        corpus.add("luks2 wrong checksum", Kind.MALFORMED, changed);
        corpus.add("luks2 other checksum", Kind.MALFORMED, Samples.luks2(good, text(72, "md5\0\0\0\0")));
        corpus.add("luks2 header of another place", Kind.MALFORMED, Samples.luks2(good, u64(256, 16384)));
        for (String json : List.of(
                "",
                "{",
                "[]",
                "{}",
                "null",
                "7",
                "[".repeat(5000),
                "{\"segments\":" + "[[],".repeat(2000),
                "{\"segments\":{}}",
                "{\"segments\":{\"0\":{},\"1\":{}}}",
                good.replace("crypt", "linear"),
                good.replace("32768", "0"),
                good.replace("32768", "-5"),
                good.replace("32768", "9".repeat(30)),
                good.replace("\"32768\"", "{}"),
                good.replace("aes-xts-plain64", ""),
                "{\"a\":" + "1".repeat(4000) + "}")) {
            corpus.add("luks2 with " + Shown.name(json), Kind.MALFORMED, Samples.luks2(json, image -> {}));
        }
        corpus.add(
                "luks2 null cipher",
                Kind.WEAK_ENCRYPTION,
                Samples.luks2(good.replace("aes-xts", "cipher_null"), image -> {}));
        corpus.add(
                "luks2 data behind the end",
                Kind.TRUNCATED,
                Samples.luks2(good.replace("32768", "99999744"), image -> {}));
    }
}
