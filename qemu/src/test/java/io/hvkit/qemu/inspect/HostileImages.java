package io.hvkit.qemu.inspect;

import static io.hvkit.qemu.inspect.Samples.all;
import static io.hvkit.qemu.inspect.Samples.ascii;
import static io.hvkit.qemu.inspect.Samples.text;
import static io.hvkit.qemu.inspect.Samples.u32;
import static io.hvkit.qemu.inspect.Samples.u64;
import static io.hvkit.qemu.inspect.Samples.u8;
import static io.hvkit.qemu.inspect.Samples.utf8;

import io.hvkit.qemu.inspect.Finding.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Images that must be refused, each with the rule that must refuse it. */
final class HostileImages {

    /** One of them. */
    static final class Hostile {

        private final String name;
        private final byte[] bytes;
        private final Kind rule;

        private Hostile(String name, byte[] bytes, Kind rule) {
            this.name = name;
            this.bytes = bytes;
            this.rule = rule;
        }

        String name() {
            return name;
        }

        byte[] bytes() {
            return bytes.clone();
        }

        Kind rule() {
            return rule;
        }
    }

    private final List<Hostile> images = new ArrayList<>();
    private final List<String> names;

    private HostileImages(Path pipe, Path canary) {
        this.names = List.of(
                pipe.toString(),
                canary.toString(),
                "/etc/shadow",
                "../../../../etc/shadow",
                "json:{\"driver\":\"raw\",\"file.filename\":\"/etc/shadow\"}",
                "nbd://10.0.0.1/disk",
                "file:/etc/shadow",
                "a,b=c",
                "-rf",
                "line\nbreak\u0007\u001b[2J\u00e9",
                "x".repeat(1000));
    }

    /**
     * Returns all of them.
     *
     * @param pipe a pipe that nobody writes to, so that whoever opens it hangs
     * @param canary a file that nobody has a reason to read
     */
    static List<Hostile> corpus(Path pipe, Path canary) {
        HostileImages corpus = new HostileImages(pipe, canary);
        new HostileQcow2(corpus).addAll();
        new HostileOldQemuAndLuks(corpus).addAll();
        new HostileVmdk(corpus).addAll();
        new HostileHyperV(corpus).addAll();
        corpus.disks();
        corpus.polyglots();
        corpus.archives();
        corpus.truncated();
        return corpus.images;
    }

    /** Returns names of other files, from the harmless to the sly. */
    List<String> names() {
        return names;
    }

    void add(String name, Kind rule, byte[] bytes) {
        images.add(new Hostile(name, bytes, rule));
    }

    private void disks() {
        add("no bytes", Kind.EMPTY, new byte[0]);
        add("one byte", Kind.TRUNCATED, new byte[1]);
        add("511 bytes", Kind.TRUNCATED, new byte[511]);
        add("one byte more", Kind.TRUNCATED, new byte[513]);
        add("mbr behind the end", Kind.BAD_PARTITION_TABLE, Samples.mbr(u32(458, -1)));
        add("mbr starting behind the end", Kind.BAD_PARTITION_TABLE, Samples.mbr(u32(454, -1)));
        add("mbr protecting nothing", Kind.BAD_PARTITION_TABLE, Samples.mbr(u8(450, 0xEE)));
        add("gpt behind the end", Kind.BAD_PARTITION_TABLE, Samples.gpt(u64(560, 1L << 40)));
        add("gpt negative", Kind.BAD_PARTITION_TABLE, Samples.gpt(u64(560, -1)));
        add("gpt header bomb", Kind.BAD_PARTITION_TABLE, Samples.gpt(u32(524, -1)));
        add("gpt header of nothing", Kind.BAD_PARTITION_TABLE, Samples.gpt(u32(524, 0)));
        add("gpt entry bomb", Kind.BAD_PARTITION_TABLE, Samples.gpt(all(u32(592, -1), u32(596, -1))));
        add("gpt entries over the header", Kind.BAD_PARTITION_TABLE, Samples.gpt(u64(584, 0)));
        byte[] sum = Samples.gpt(Samples.NOTHING);
        sum[530] ^= 1;
        add("gpt wrong checksum", Kind.BAD_PARTITION_TABLE, sum);
        add("iso cut", Kind.TRUNCATED, Samples.iso(u32(32768 + 80, -1)));
        add("iso as a template", Kind.FORMAT_NOT_ALLOWED, Samples.iso(Samples.NOTHING));
        add("udf as a template", Kind.FORMAT_NOT_ALLOWED, Samples.iso(all(text(32769, "BEA01"), text(34817, "NSR03"))));
        add("iso that boots as a disk", Kind.HYBRID_DISC, Samples.iso(image -> {
            byte[] table = Samples.mbr(Samples.NOTHING);
            image.put(0, table, 0, 512);
        }));
    }

    /** A raw disk with a partition table whose guest wrote another format's header over the boot code, and the like. */
    private void polyglots() {
        List<String> headers = List.of("qcow2-v3", "qcow", "qed", "vdi");
        for (String header : headers) {
            byte[] disk = Samples.mbr(Samples.NOTHING);
            byte[] sample = Samples.sound(header);
            System.arraycopy(sample, 0, disk, 0, header.equals("vdi") ? 440 : 128);
            add("disk with the header of " + header, Kind.POLYGLOT, disk);
            byte[] disc = Samples.iso(Samples.NOTHING);
            System.arraycopy(sample, 0, disc, 0, Math.min(sample.length, 32768));
            add("disc with the header of " + header, Kind.POLYGLOT, disc);
            byte[] fixed = HyperVSamples.vhdFixed(Samples.NOTHING);
            System.arraycopy(sample, 0, fixed, 0, sample.length);
            add("fixed vhd with the header of " + header, Kind.POLYGLOT, fixed);
        }
        for (String header : List.of("luks1", "luks2", "vmdk-sparse", "vhdx", "qcow2-luks")) {
            byte[] sample = Samples.sound(header);
            byte[] fixed = HyperVSamples.vhdFixed(Samples.NOTHING);
            System.arraycopy(sample, 0, fixed, 0, Math.min(sample.length, Samples.DISK));
            add("fixed vhd that begins as " + header, Kind.POLYGLOT, fixed);
        }
        byte[] tar = Samples.qcow2(text(257, "ustar\0"));
        add("qcow2 that is tar", Kind.POLYGLOT, tar);
        add("qcow2 that is vdi", Kind.POLYGLOT, Samples.qcow2v2(text(64, "\u007f\u0010\u00da\u00be")));
        byte[] trailer = Samples.qcow2(Samples.NOTHING);
        System.arraycopy(ascii("koly"), 0, trailer, trailer.length - 512, 4);
        add("qcow2 that is dmg", Kind.POLYGLOT, trailer);
        add("vmdk text that is tar", Kind.POLYGLOT, Arrays.copyOf(tarText(), 2048));
    }

    private static byte[] tarText() {
        byte[] text = Arrays.copyOf(utf8(Samples.descriptor("x", "RW 8 FLAT \"/etc/shadow\" 0")), 600);
        System.arraycopy(ascii("ustar\0"), 0, text, 257, 6);
        return text;
    }

    private void archives() {
        for (String mark : List.of(
                "\u001f\u008b\u0008",
                "\u00fd7zXZ\0",
                "(\u00b5/\u00fd",
                "BZh91AY&SY",
                "PK\u0003\u0004",
                "PK\u0005\u0006",
                "7z\u00bc\u00af'\u001c")) {
            add("archive " + Shown.name(mark), Kind.ARCHIVE, Arrays.copyOf(ascii(mark), 2048));
        }
        byte[] tar = new byte[10240];
        System.arraycopy(ascii("disk.ovf"), 0, tar, 0, 8);
        System.arraycopy(ascii("ustar\0"), 0, tar, 257, 6);
        add("ova", Kind.ARCHIVE, tar);
        for (String mark : List.of(
                "WithoutFreeSpace",
                "WithouFreSpacExt",
                "Bochs Virtual HD Image\0",
                "#!/bin/sh\n#V2.0 Format\nmodprobe cloop")) {
            add("disk " + Shown.name(mark), Kind.FORMAT_NOT_ALLOWED, Arrays.copyOf(ascii(mark), 2048));
        }
    }

    private void truncated() {
        Map<String, Integer> ends = Map.ofEntries(
                Map.entry("gpt", 33_001),
                Map.entry("iso", 33_001),
                Map.entry("luks1", 301),
                Map.entry("luks2", 777),
                Map.entry("qcow", 40),
                Map.entry("qcow2-luks", 2100),
                Map.entry("qcow2-v2", 40),
                Map.entry("qcow2-v3", 80),
                Map.entry("qed", 40),
                Map.entry("vdi", 301),
                Map.entry("vhd-dynamic", 777),
                Map.entry("vhdx", 70_000),
                Map.entry("vmdk-sparse", 301),
                Map.entry("vmdk-stream", 301));
        ends.forEach((name, end) ->
                add(name + " cut at byte " + end, Kind.TRUNCATED, Arrays.copyOf(Samples.sound(name), end)));
    }
}
