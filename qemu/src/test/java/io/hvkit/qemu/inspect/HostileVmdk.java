package io.hvkit.qemu.inspect;

import static io.hvkit.qemu.inspect.Samples.all;
import static io.hvkit.qemu.inspect.Samples.ascii;
import static io.hvkit.qemu.inspect.Samples.text;
import static io.hvkit.qemu.inspect.Samples.u16;
import static io.hvkit.qemu.inspect.Samples.u32;
import static io.hvkit.qemu.inspect.Samples.u64;
import static io.hvkit.qemu.inspect.Samples.u8;
import static io.hvkit.qemu.inspect.Samples.utf8;

import io.hvkit.qemu.inspect.Finding.Kind;
import java.util.Arrays;

/** VMDK images that must be refused. */
final class HostileVmdk {

    private final HostileImages corpus;

    HostileVmdk(HostileImages corpus) {
        this.corpus = corpus;
    }

    void addAll() {
        vmdk();
        vmdkHeaders();
    }

    private void vmdk() {
        for (int i = 0; i < corpus.names().size(); i++) {
            String name = corpus.names().get(i).replace('"', '_').replace('\n', '_');
            String flat = "RW 2048 FLAT \"" + name + "\" 0";
            corpus.add(
                    "vmdk text with extent " + i,
                    Kind.FOREIGN_EXTENT,
                    utf8(Samples.descriptor("monolithicFlat", flat)));
            corpus.add(
                    "vmdk with extent " + i, Kind.FOREIGN_EXTENT, vmdkWith(Samples.descriptor("monolithicFlat", flat)));
            corpus.add(
                    "vmdk with parent " + i,
                    Kind.PARENT,
                    vmdkWith(self().replace("ffffffff", "12345678")
                            .replace("createType", "parentFileNameHint=\"" + name + "\"\ncreateType")));
        }
        corpus.add("vmdk parent without a name", Kind.PARENT, vmdkWith(self().replace("ffffffff", "00000000")));
        corpus.add(
                "vmdk parent without an identifier",
                Kind.PARENT,
                vmdkWith(self() + "parentFileNameHint=\"/etc/shadow\"\n"));
        String hint = "parentFileNameHint=\"/etc/shadow\"\n";
        corpus.add(
                "vmdk parent where qemu looks without a descriptor",
                Kind.PARENT,
                Samples.vmdk(all(u64(28, 0), text(512, hint + "\0"))));
        corpus.add(
                "vmdk parent where qemu looks beside the descriptor",
                Kind.PARENT,
                Samples.vmdk(all(u64(28, 40), text(40 * 512, self()), text(512, hint + "\0"))));
        corpus.add(
                "vmdk parent behind a short descriptor",
                Kind.PARENT,
                vmdkWith(self() + "#".repeat(512) + "\n" + hint, u64(36, 1)));
        corpus.add("vmdk of esx with a parent", Kind.PARENT, Samples.vmdk(all(text(0, "COWD"), text(512, hint))));
        corpus.add("vmdk parent with a colon", Kind.PARENT, vmdkWith(self() + hint.replace('=', ':')));
        corpus.add("vmdk parent with two letters between", Kind.PARENT, vmdkWith(self() + hint.replace("=\"", "xx")));
        corpus.add("vmdk parent in mid line", Kind.PARENT, vmdkWith(self() + "x parentFileNameHint=\"/etc/shadow\"\n"));
        corpus.add(
                "vmdk changes elsewhere", Kind.FOREIGN_EXTENT, vmdkWith(self() + "changeTrackPath=\"/etc/shadow\"\n"));
        corpus.add("vmdk extent with a path", Kind.FOREIGN_EXTENT, vmdkWith(self().replace("me.vmdk", "/me.vmdk")));
        corpus.add("vmdk extent with a protocol", Kind.FOREIGN_EXTENT, vmdkWith(self().replace("me.vmdk", "nbd:me")));
        corpus.add("vmdk extent on Windows", Kind.FOREIGN_EXTENT, vmdkWith(self().replace("me.vmdk", "C\\me")));
        corpus.add(
                "vmdk two extents",
                Kind.FOREIGN_EXTENT,
                vmdkWith(self().replace("RW 2048", "RW 9 SPARSE \"b\"\nRW 2048")));
        corpus.add("vmdk no extent", Kind.FOREIGN_EXTENT, vmdkWith(Samples.descriptor("monolithicSparse")));
        corpus.add("vmdk other type", Kind.FOREIGN_EXTENT, vmdkWith(self().replace("monolithicSparse", "custom")));
        corpus.add(
                "vmdk raw device",
                Kind.FOREIGN_EXTENT,
                utf8(Samples.descriptor("fullDevice", "RW 2048 FLAT \"/dev/sda\" 0")));
        corpus.add(
                "vmdk extent in lower case",
                Kind.FOREIGN_EXTENT,
                utf8(Samples.descriptor("x", "rw 2048 flat \"/etc/shadow\" 0")));
        corpus.add(
                "vmdk text with an extent over two lines",
                Kind.FOREIGN_EXTENT,
                utf8(Samples.descriptor("monolithicFlat", "RW 8 ZERO", "RW\n8 FLAT \"/etc/shadow\" 0")));
        corpus.add("vmdk text of nothing but zeroes", Kind.FOREIGN_EXTENT, utf8(Samples.descriptor("x", "RW 8 ZERO")));
        corpus.add(
                "vmdk text with blanks before",
                Kind.FOREIGN_EXTENT,
                utf8("\n \n#\nversion=1\nRW 8 FLAT \"/etc/shadow\" 0\n"));
        corpus.add(
                "vmdk text without a first line",
                Kind.FOREIGN_EXTENT,
                utf8("version=1\nRW 8 FLAT \"/etc/shadow\" 0\n"));
        corpus.add("vmdk unreadable extent", Kind.MALFORMED, utf8(Samples.descriptor("x", "RW x FLAT /etc/shadow")));
        corpus.add("vmdk extent without a file", Kind.MALFORMED, utf8(Samples.descriptor("x", "RW 8 FLAT")));
        corpus.add(
                "vmdk extent of too many sectors",
                Kind.MALFORMED,
                utf8(Samples.descriptor("x", "RW 9999999999999999999 FLAT \"x\"")));
        corpus.add(
                "vmdk sum of too many sectors",
                Kind.MALFORMED,
                utf8(Samples.descriptor("x", "RW 9000000000000000000 ZERO", "RW 9000000000000000000 ZERO")));
        corpus.add("vmdk text without extents", Kind.MALFORMED, utf8(Samples.descriptor("x")));
        corpus.add(
                "vmdk five thousand extents",
                Kind.MALFORMED,
                utf8(Samples.descriptor("x", "RW 8 FLAT \"y\"\n".repeat(5000))));
        corpus.add(
                "vmdk text bomb",
                Kind.EXCESSIVE_TABLE,
                utf8(Samples.descriptor("x", "RW 8 FLAT \"y\"\n".repeat(100)) + "\n".repeat(2 << 20)));
    }

    private static String self() {
        return Samples.descriptor("monolithicSparse", "RW 2048 SPARSE \"me.vmdk\"");
    }

    private static byte[] vmdkWith(String descriptor) {
        return vmdkWith(descriptor, image -> {});
    }

    private static byte[] vmdkWith(String descriptor, Samples.Edit edit) {
        byte[] cleared = new byte[20 * 512];
        byte[] text = utf8(descriptor);
        System.arraycopy(text, 0, cleared, 0, text.length);
        return Samples.vmdk(all(image -> image.put(512, cleared), edit));
    }

    private void vmdkHeaders() {
        corpus.add("vmdk without a disk", Kind.FOREIGN_EXTENT, Samples.vmdk(u64(12, 0)));
        corpus.add("vmdk with nothing", Kind.MALFORMED, Samples.vmdk(all(u64(12, 0), u64(28, 0))));
        corpus.add("vmdk version", Kind.UNKNOWN_FEATURE, Samples.vmdk(u32(4, 4)));
        corpus.add("vmdk capacity negative", Kind.MALFORMED, Samples.vmdk(u64(12, -1)));
        corpus.add("vmdk capacity beyond", Kind.MALFORMED, Samples.vmdk(u64(12, 1L << 60)));
        corpus.add("vmdk size bomb", Kind.TOO_LARGE, Samples.vmdk(u64(12, 1L << 50)));
        corpus.add(
                "vmdk table bomb", Kind.EXCESSIVE_TABLE, Samples.vmdk(all(u64(12, 1L << 50), u64(20, 1), u32(44, 1))));
        corpus.add("vmdk descriptor bomb", Kind.EXCESSIVE_TABLE, Samples.vmdk(u64(36, 1 << 20)));
        corpus.add("vmdk descriptor outside", Kind.TRUNCATED, Samples.vmdk(u64(28, 1 << 20)));
        corpus.add("vmdk descriptor negative", Kind.MALFORMED, Samples.vmdk(u64(28, -3)));
        corpus.add("vmdk descriptor over the directory", Kind.MALFORMED, Samples.vmdk(u64(36, 24)));
        corpus.add("vmdk grains of nothing", Kind.MALFORMED, Samples.vmdk(u64(20, 0)));
        corpus.add("vmdk grains odd", Kind.MALFORMED, Samples.vmdk(u64(20, 100)));
        corpus.add("vmdk grains huge", Kind.MALFORMED, Samples.vmdk(u64(20, 1L << 62)));
        corpus.add("vmdk no entries", Kind.MALFORMED, Samples.vmdk(u32(44, 0)));
        corpus.add("vmdk too many entries", Kind.MALFORMED, Samples.vmdk(u32(44, -1)));
        corpus.add("vmdk directory outside", Kind.TRUNCATED, Samples.vmdk(u64(56, 1L << 40)));
        corpus.add("vmdk directory negative", Kind.MALFORMED, Samples.vmdk(u64(56, -2)));
        corpus.add("vmdk second directory outside", Kind.TRUNCATED, Samples.vmdk(u64(48, 1L << 40)));
        corpus.add("vmdk unclean", Kind.DIRTY, Samples.vmdk(u8(72, 1)));
        corpus.add("vmdk sent as text", Kind.MALFORMED, Samples.vmdk(text(73, "\n \n\n")));
        corpus.add("vmdk unknown compression", Kind.UNKNOWN_FEATURE, Samples.vmdkStream(u16(77, 2)));
        corpus.add("vmdk compression without a flag", Kind.UNKNOWN_FEATURE, Samples.vmdk(u16(77, 1)));
        corpus.add("vmdk footer missing", Kind.TRUNCATED, Samples.vmdkStream(text(65536 - 1024, "XXXX")));
        corpus.add("vmdk footer of another disk", Kind.MALFORMED, Samples.vmdkStream(u64(65536 - 1024 + 12, 1)));
        corpus.add("vmdk footer grains", Kind.MALFORMED, Samples.vmdkStream(u64(65536 - 1024 + 20, 3)));
        corpus.add("vmdk of esx without grains", Kind.MALFORMED, Arrays.copyOf(ascii("COWD\u0001"), 2048));
        byte[] esx = Samples.vmdk(all(text(0, "COWD"), u32(12, -1), u32(16, 1), u32(20, 4), u32(24, 1)));
        corpus.add("vmdk of esx with a small directory", Kind.MALFORMED, esx);
        corpus.add(
                "vmdk of esx with its directory outside",
                Kind.TRUNCATED,
                Samples.vmdk(all(text(0, "COWD"), u32(16, 1), u32(20, -1), u32(24, -1))));
    }
}
