package io.hvkit.qemu.inspect;

import static io.hvkit.qemu.inspect.HyperVSamples.identifier;
import static io.hvkit.qemu.inspect.Samples.all;
import static io.hvkit.qemu.inspect.Samples.text;
import static io.hvkit.qemu.inspect.Samples.u16;
import static io.hvkit.qemu.inspect.Samples.u32;
import static io.hvkit.qemu.inspect.Samples.u64;
import static io.hvkit.qemu.inspect.Samples.u8;

import io.hvkit.qemu.inspect.Finding.Kind;
import io.hvkit.qemu.inspect.Samples.Edit;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Images of VHD, VHDX and VDI that must be refused. */
final class HostileHyperV {

    private final HostileImages corpus;

    HostileHyperV(HostileImages corpus) {
        this.corpus = corpus;
    }

    void addAll() {
        vhd();
        vhdx();
        vhdxLocators();
        vdi();
    }

    private void vhd() {
        Edit nothing = Samples.NOTHING;
        Edit differencing = u32(60, 4);
        Edit name = image -> image.put(64, "\\\\server\\parent.vhd".getBytes(StandardCharsets.UTF_16BE));
        corpus.add("vhd differencing", Kind.PARENT, HyperVSamples.vhdDynamic(differencing, nothing));
        corpus.add("vhd differencing with a name", Kind.PARENT, HyperVSamples.vhdDynamic(differencing, name));
        corpus.add(
                "vhd differencing with locators",
                Kind.PARENT,
                HyperVSamples.vhdDynamic(differencing, all(name, image -> {
                    for (int at = 576; at < 768; at += 24) {
                        image.putInt(at, 0x57326B75).putInt(at + 8, -1).putLong(at + 16, -1);
                    }
                })));
        corpus.add("vhd dynamic with a parent", Kind.PARENT, HyperVSamples.vhdDynamic(nothing, u64(40, 7)));
        for (int type : new int[] {0, 1, 5, 6, -1}) {
            corpus.add("vhd of type " + type, Kind.UNKNOWN_FEATURE, HyperVSamples.vhdFixed(u32(60, type)));
        }
        byte[] fixed = HyperVSamples.vhdFixed(nothing);
        byte[] dynamic = HyperVSamples.vhdDynamic(u64(48, 1L << 40), nothing);
        System.arraycopy(dynamic, 0, fixed, 0, dynamic.length);
        corpus.add("vhd fixed at its end and dynamic at its beginning", Kind.MALFORMED, fixed);
        corpus.add("vhd version", Kind.UNKNOWN_FEATURE, HyperVSamples.vhdFixed(u32(12, 0x20000)));
        corpus.add("vhd saved state", Kind.DIRTY, HyperVSamples.vhdFixed(u8(84, 1)));
        corpus.add("vhd fixed larger than its file", Kind.TRUNCATED, HyperVSamples.vhdFixed(u64(48, 1L << 40)));
        corpus.add("vhd fixed negative", Kind.TRUNCATED, HyperVSamples.vhdFixed(u64(48, -1)));
        corpus.add("vhd fixed size bomb", Kind.TOO_LARGE, HyperVSamples.vhdFixed(u64(48, Long.MAX_VALUE)));
        byte[] changed = HyperVSamples.vhdFixed(nothing);
        changed[changed.length - 100] ^= 1;
        corpus.add("vhd wrong checksum", Kind.MALFORMED, changed);
        byte[] cut = HyperVSamples.vhdDynamic(nothing, nothing);
        corpus.add("vhd without its footer", Kind.TRUNCATED, Arrays.copyOf(cut, 2048));
        byte[] two = HyperVSamples.vhdDynamic(nothing, nothing);
        two[100] ^= 1;
        corpus.add("vhd with two footers", Kind.MALFORMED, two);
        byte[] none = HyperVSamples.vhdDynamic(nothing, nothing);
        Arrays.fill(none, 0, 8, (byte) 0);
        corpus.add("vhd without a copy", Kind.MALFORMED, none);
        for (long at : new long[] {-1, 0, 1L << 60, 2048, Long.MIN_VALUE}) {
            corpus.add("vhd dynamic header at " + at, Kind.MALFORMED, HyperVSamples.vhdDynamic(u64(16, at), nothing));
        }
        byte[] header = HyperVSamples.vhdDynamic(nothing, nothing);
        header[512 + 900] ^= 1;
        corpus.add("vhd wrong checksum of the header", Kind.MALFORMED, header);
        corpus.add("vhd blocks", Kind.MALFORMED, HyperVSamples.vhdDynamic(nothing, u32(32, 12345)));
        corpus.add("vhd no blocks", Kind.MALFORMED, HyperVSamples.vhdDynamic(nothing, u32(32, 0)));
        corpus.add("vhd table bomb", Kind.EXCESSIVE_TABLE, HyperVSamples.vhdDynamic(nothing, u32(28, -1)));
        corpus.add("vhd small table", Kind.MALFORMED, HyperVSamples.vhdDynamic(u64(48, 1L << 40), nothing));
        corpus.add("vhd table outside", Kind.TRUNCATED, HyperVSamples.vhdDynamic(nothing, u64(16, 1L << 40)));
        corpus.add("vhd table negative", Kind.MALFORMED, HyperVSamples.vhdDynamic(nothing, u64(16, -4)));
        corpus.add("vhd table over the header", Kind.MALFORMED, HyperVSamples.vhdDynamic(nothing, u64(16, 600)));
    }

    private void vhdx() {
        Edit nothing = Samples.NOTHING;
        corpus.add("vhdx with a log", Kind.DIRTY, HyperVSamples.vhdx(u64(48, 1), nothing, nothing));
        corpus.add("vhdx version", Kind.UNKNOWN_FEATURE, HyperVSamples.vhdx(u16(66, 2), nothing, nothing));
        corpus.add("vhdx log outside", Kind.TRUNCATED, HyperVSamples.vhdx(u64(72, 1L << 40), nothing, nothing));
        corpus.add("vhdx log over the headers", Kind.MALFORMED, HyperVSamples.vhdx(u64(72, 65536), nothing, nothing));
        corpus.add("vhdx log negative", Kind.MALFORMED, HyperVSamples.vhdx(u64(72, -1), nothing, nothing));
        corpus.add("vhdx headers broken", Kind.MALFORMED, HyperVSamples.vhdx(text(0, "dead"), nothing, nothing));
        byte[] sums = HyperVSamples.vhdx(nothing, nothing, nothing);
        sums[65536 + 100] ^= 1;
        sums[131072 + 100] ^= 1;
        corpus.add("vhdx wrong checksums", Kind.MALFORMED, sums);
        corpus.add("vhdx region tables broken", Kind.MALFORMED, HyperVSamples.vhdx(nothing, text(0, "dead"), nothing));
        corpus.add("vhdx region bomb", Kind.MALFORMED, HyperVSamples.vhdx(nothing, u32(8, -1), nothing));
        corpus.add(
                "vhdx many regions",
                Kind.MALFORMED,
                HyperVSamples.vhdx(
                        nothing,
                        all(u32(8, 2047), image -> {
                            for (int at = 80; at < 65520; at += 32) {
                                image.putLong(at + 16, 1 << 20).putInt(at + 24, 1 << 20);
                            }
                        }),
                        nothing));
        corpus.add("vhdx no regions", Kind.MALFORMED, HyperVSamples.vhdx(nothing, u32(8, 0), nothing));
        corpus.add("vhdx region outside", Kind.TRUNCATED, HyperVSamples.vhdx(nothing, u64(32, 1L << 40), nothing));
        corpus.add("vhdx region negative", Kind.MALFORMED, HyperVSamples.vhdx(nothing, u64(32, -1), nothing));
        corpus.add("vhdx metadata outside", Kind.TRUNCATED, HyperVSamples.vhdx(nothing, u64(64, 1L << 40), nothing));
        corpus.add("vhdx metadata negative", Kind.MALFORMED, HyperVSamples.vhdx(nothing, u64(64, -1), nothing));
        corpus.add(
                "vhdx metadata over the log", Kind.MALFORMED, HyperVSamples.vhdx(nothing, u64(64, 1 << 20), nothing));
        Edit unknown = image -> {
            image.putInt(8, 3);
            identifier(image, 80, "11111111-2222-3333-4444-555555555555");
            image.putInt(108, 1);
        };
        corpus.add("vhdx unknown region", Kind.UNKNOWN_FEATURE, HyperVSamples.vhdx(nothing, unknown, nothing));
        Edit twice = image -> {
            image.putInt(8, 3);
            identifier(image, 80, "8b7ca206-4790-4b9a-b8fe-575f050f886e");
        };
        corpus.add("vhdx metadata twice", Kind.MALFORMED, HyperVSamples.vhdx(nothing, twice, nothing));
        corpus.add("vhdx no metadata", Kind.MALFORMED, HyperVSamples.vhdx(nothing, nothing, text(0, "nonsense")));
        corpus.add("vhdx item bomb", Kind.MALFORMED, HyperVSamples.vhdx(nothing, nothing, u16(10, -1)));
        corpus.add("vhdx no items", Kind.MALFORMED, HyperVSamples.vhdx(nothing, nothing, u16(10, 0)));
        corpus.add("vhdx item outside", Kind.TRUNCATED, HyperVSamples.vhdx(nothing, nothing, u32(80, -1)));
        corpus.add("vhdx size negative", Kind.MALFORMED, HyperVSamples.vhdx(nothing, nothing, u64(65544, -1)));
        corpus.add("vhdx size bomb", Kind.TOO_LARGE, HyperVSamples.vhdx(nothing, nothing, u64(65544, Long.MAX_VALUE)));
        corpus.add("vhdx blocks", Kind.MALFORMED, HyperVSamples.vhdx(nothing, nothing, u32(65536, 12345)));
        corpus.add("vhdx has a parent", Kind.PARENT, HyperVSamples.vhdx(nothing, nothing, u32(65540, 2)));
    }

    private static Edit item(String id, int flags, int size) {
        return image -> {
            image.putShort(10, (short) 3);
            identifier(image, 96, id);
            image.putInt(112, 70000).putInt(116, size).putInt(120, flags);
        };
    }

    private void vhdxLocators() {
        Edit nothing = Samples.NOTHING;
        String parent = "a8d35f2d-b30b-454d-abf7-d3d84834ab0c";
        corpus.add(
                "vhdx unknown item",
                Kind.UNKNOWN_FEATURE,
                HyperVSamples.vhdx(nothing, nothing, item("11111111-2222-3333-4444-555555555555", 4, 8)));
        corpus.add(
                "vhdx item twice",
                Kind.MALFORMED,
                HyperVSamples.vhdx(nothing, nothing, item("2fa54224-cd1b-4876-b211-5dbed83bf4b8", 4, 8)));
        for (int size : new int[] {0, 19, 20, 65536, -1}) {
            corpus.add(
                    "vhdx locator of " + size,
                    Kind.PARENT,
                    HyperVSamples.vhdx(nothing, nothing, item(parent, 4, size)));
        }
        for (int count : new int[] {1, 5, 33, 65535}) {
            corpus.add(
                    "vhdx locator with " + count,
                    Kind.PARENT,
                    HyperVSamples.vhdx(nothing, nothing, all(item(parent, 4, 4096), u16(70000 + 18, count), image -> {
                        for (int at = 70020; at < 70020 + 12 * 5; at += 12) {
                            image.putInt(at + 4, at - 70000).putShort(at + 10, (short) 64);
                        }
                    })));
            corpus.add(
                    "vhdx locator far away with " + count,
                    Kind.PARENT,
                    HyperVSamples.vhdx(
                            nothing,
                            nothing,
                            all(item(parent, 4, 4096), u16(70000 + 18, count), u32(70024, -1), u16(70030, -1))));
        }
    }

    private void vdi() {
        corpus.add("vdi version", Kind.UNKNOWN_FEATURE, Samples.vdi(u32(68, 0x20002)));
        for (int type : new int[] {0, 3, 4, -1}) {
            corpus.add("vdi of type " + type, Kind.PARENT, Samples.vdi(u32(76, type)));
        }
        corpus.add("vdi with a link", Kind.PARENT, Samples.vdi(u64(424, 1)));
        corpus.add("vdi with a parent", Kind.PARENT, Samples.vdi(u64(440, 1)));
        corpus.add("vdi sectors", Kind.MALFORMED, Samples.vdi(u32(360, 4096)));
        corpus.add("vdi blocks", Kind.MALFORMED, Samples.vdi(u32(376, 3)));
        corpus.add("vdi no blocks", Kind.MALFORMED, Samples.vdi(u32(376, 0)));
        corpus.add("vdi too few blocks", Kind.MALFORMED, Samples.vdi(u64(368, 1L << 40)));
        corpus.add("vdi size negative", Kind.MALFORMED, Samples.vdi(u64(368, -1)));
        corpus.add(
                "vdi size bomb",
                Kind.TOO_LARGE,
                Samples.vdi(all(u64(368, Long.MAX_VALUE), u32(384, -1), u32(376, 1 << 31))));
        corpus.add("vdi map bomb", Kind.TRUNCATED, Samples.vdi(u32(384, -1)));
        corpus.add("vdi map outside", Kind.TRUNCATED, Samples.vdi(u32(340, -1)));
        corpus.add("vdi map over the header", Kind.MALFORMED, Samples.vdi(u32(340, 0)));
        corpus.add("vdi data outside", Kind.TRUNCATED, Samples.vdi(u32(388, 1)));
        corpus.add("vdi more blocks in use than there are", Kind.MALFORMED, Samples.vdi(u32(388, 2)));
    }
}
