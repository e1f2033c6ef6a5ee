package io.hvkit.qemu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** What qemu-img offers, and where it is offered here or why it is not: the rows of the table in docs/qemu.md. */
final class VerbTable {

    /**
     * Options of one verb that are offered in the same place.
     *
     * @param verb of qemu-img, or {@code -o of FORMAT} for the options of a format
     * @param options as qemu-img writes them; none for the verb itself
     * @param members where they are offered, as {@code Type.member}
     * @param remark what is to be said of it; the reason if it is offered nowhere
     */
    record Row(String verb, List<String> options, List<String> members, String remark) {

        private Row but(String text) {
            return new Row(verb, options, members, text);
        }

        private String line(String shownVerb) {
            String names = options.stream().map(VerbTable::code).collect(Collectors.joining(" "));
            String places = members.stream().map(VerbTable::code).collect(Collectors.joining(", "));
            String here = members.isEmpty() ? "left out: " + remark : places + (remark.isEmpty() ? "" : "; " + remark);
            return "| " + shownVerb + " | " + names + " | " + here + " |\n";
        }
    }

    /** Stands for every verb that has the option and no row of its own for it. */
    static final String ANY = "any";

    private VerbTable() {}

    static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        rows.addAll(everywhere());
        rows.addAll(reading());
        rows.addAll(making());
        rows.addAll(changing());
        rows.addAll(layering());
        rows.addAll(leftOut());
        rows.addAll(optionsOfQemuFormats());
        rows.addAll(optionsOfOtherFormats());
        return List.copyOf(rows);
    }

    /** Returns the table of docs/qemu.md. */
    static String markdown() {
        StringBuilder text = new StringBuilder("| verb | options | here |\n|---|---|---|\n");
        String last = "";
        for (Row row : rows()) {
            text.append(row.line(row.verb().equals(last) ? "" : row.verb()));
            last = row.verb();
        }
        return text.toString();
    }

    private static List<Row> everywhere() {
        return List.of(
                offered(ANY, "-f --image-opts", "Image.of", "Image.at").but("the format is always stated"),
                offered(ANY, "--object", "Image.unlockedBy", "QemuImageOptions.with"),
                offered(ANY, "-p", "ProgressListener.progressed")
                        .but("of what takes long: convert, compare, commit, rebase"),
                offered(ANY, "--output", "QemuImg.info").but("every answer is a type, read from JSON"),
                leftOut(ANY, "-q", "what is printed for people is not shown"),
                leftOut(ANY, "-t -T", "but for `convert`: the page cache is used, and flushed at the end"));
    }

    private static List<Row> reading() {
        return List.of(
                offered("info", "", "QemuImg.info"),
                offered("info", "--backing-chain", "ImageLayers.chain"),
                offered("info", "-U", "ImagesInUse.info", "ImagesInUse.chain"),
                offered("check", "", "QemuImg.check"),
                offered("check", "-r", "QemuImg.repair", "Repair.LEAKS", "Repair.ALL"),
                offered("check", "-U", "ImagesInUse.check"),
                offered("compare", "", "QemuImg.compare", "QemuImg.compareContent"),
                offered("compare", "-F", "Image.of").but("each image has its own format, and its own key"),
                offered("compare", "-U", "ImagesInUse.compare"),
                leftOut("compare", "-s", "sizes are compared anyway, and how clusters lie is no part of the disk"),
                offered("map", "", "QemuImg.map", "QemuImg.usedSize"),
                offered("map", "--start-offset", "MapRequest.from"),
                offered("map", "--max-length", "MapRequest.atMost"),
                offered("map", "-U", "ImagesInUse.map"),
                offered("measure", "", "QemuImg.measure").but("`DiskSizing` computes it without a program"),
                offered("measure", "-O -o --size", "CreateRequest.of"),
                leftOut("measure", "-l", "convert the snapshot, or measure the disk as it is now"));
    }

    private static List<Row> making() {
        return List.of(
                offered("create", "", "QemuImg.create"),
                offered("create", "-b -F -u", "Image.over").but("what lies below is checked here and not opened"),
                offered("create", "-o", "CreateRequest.laidOutAs").but("see the options of each format"),
                offered("convert", "", "QemuImg.convert"),
                offered("convert", "--target-image-opts -O", "ConvertRequest.of")
                        .but("source and target may each have a key"),
                offered("convert", "-o", "CreateRequest.laidOutAs").but("the target is made first, by `create`"),
                offered("convert", "-n", "ConvertRequest.onto", "TargetState.EXISTS"),
                offered("convert", "--target-is-zero", "TargetState.EXISTS_ZEROED"),
                offered("convert", "-B -F", "Image.over").but("of the target"),
                offered("convert", "-c", "ConvertRequest.compressed"),
                offered("convert", "-l", "ConvertRequest.ofSnapshot"),
                offered("convert", "--bitmaps", "ConvertRequest.withBitmaps"),
                offered("convert", "--skip-broken-bitmaps", "BitmapCopy.ALL_BUT_BROKEN"),
                offered("convert", "--salvage", "ConvertRequest.salvaging"),
                offered("convert", "-t", "ConvertProfile.withTarget"),
                offered("convert", "-T", "ConvertProfile.withSource"),
                offered("convert", "-m", "ConvertProfile.withCoroutines"),
                offered("convert", "-W", "ConvertProfile.inOrder").but("said unless the order matters"),
                offered("convert", "-r", "ConvertProfile.withLimit", "ConvertProfile.gentle"),
                offered("convert", "-S", "ConvertProfile.withSparseSize"),
                leftOut(
                        "convert",
                        "-C",
                        "copies offloaded to the storage find no zeroes in what was written, so a thin disk becomes a thick one"),
                leftOut(
                        "convert",
                        "-U",
                        "a disk that is being written has no state to copy; mirror it with `BlockJobs`"));
    }

    private static List<Row> changing() {
        return List.of(
                offered("resize", "", "QemuImg.resize"),
                offered("resize", "--preallocation", "Preallocation.FALLOC"),
                offered("resize", "--shrink", "QemuImg.shrink"),
                offered("snapshot", "-l", "InternalSnapshots.list"),
                offered("snapshot", "-c", "InternalSnapshots.take"),
                offered("snapshot", "-a", "InternalSnapshots.revertTo"),
                offered("snapshot", "-d", "InternalSnapshots.delete"),
                leftOut("snapshot", "-U", "`ImagesInUse.info` lists the snapshots of an image in use"),
                offered("bitmap", "--add -g", "DirtyBitmaps.add"),
                offered("bitmap", "--remove", "DirtyBitmaps.remove"),
                offered("bitmap", "--clear", "DirtyBitmaps.clear"),
                offered("bitmap", "--enable", "DirtyBitmaps.enable"),
                offered("bitmap", "--disable", "DirtyBitmaps.disable"),
                offered("bitmap", "--merge", "DirtyBitmaps.merge"),
                offered("bitmap", "-b -F", "DirtyBitmaps.mergeFrom"),
                offered("amend", "-o", "KeySlots.add", "KeySlots.change", "KeySlots.remove", "KeySlots.removeSlot")
                        .but(
                                "the key slots; left out: `compat` and `refcount_bits` (a copy has them from the start), `lazy_refcounts` (changes nothing that is stored), `data_file` (moves no data)"),
                leftOut(
                        "amend",
                        "--force",
                        "it erases the last key; `CryptSetup.destroyAllKeys` is the one way to do that"));
    }

    private static List<Row> layering() {
        return List.of(
                offered("commit", "", "ImageLayers.commit"),
                offered("commit", "-b", "CommitRequest.into"),
                offered("commit", "-d", "CommitRequest.keepingOverlay"),
                offered("commit", "-r", "CommitRequest.atMost"),
                offered("rebase", "", "ImageLayers.rebase"),
                offered("rebase", "-b -F", "RebaseRequest.onto", "RebaseRequest.flatten"),
                offered("rebase", "-u", "ImageLayers.changeBackingFile"),
                leftOut("rebase", "-U", "all layers must be at rest"),
                leftOut("rebase", "-c", "flatten into a new image with `ConvertRequest.compressed`"));
    }

    private static List<Row> leftOut() {
        return List.of(
                leftOut("dd", "-f -O --image-opts -U", "weaker than `convert`: it knows neither keys nor progress"),
                leftOut(
                        "bench",
                        "-c -d -f --flush-interval -i -n --no-drain -o --pattern -q -s -S -t -w -U",
                        "it measures a host, and writes into the image for it"));
    }

    private static List<Row> optionsOfQemuFormats() {
        return List.of(
                offered("-o of raw", "size", "CreateRequest.of"),
                offered("-o of raw", "preallocation", "CreateRequest.preallocated"),
                offered("-o of qcow2", "size", "CreateRequest.of"),
                offered("-o of qcow2", "backing_file backing_fmt", "Image.over", "CreateRequest.naming"),
                offered("-o of qcow2", "cluster_size", "Qcow2Layout.withClusterSize"),
                offered("-o of qcow2", "compat", "Qcow2Layout.withVersion"),
                offered("-o of qcow2", "compression_type", "Qcow2Layout.withCompression"),
                offered("-o of qcow2", "extended_l2", "Qcow2Layout.withSubClusters"),
                offered("-o of qcow2", "lazy_refcounts", "Qcow2Layout.withLazyRefcounts"),
                offered("-o of qcow2", "refcount_bits", "Qcow2Layout.withRefcountBits"),
                offered("-o of qcow2", "preallocation", "CreateRequest.preallocated"),
                offered("-o of qcow2", "encrypt.format encrypt.key-secret", "Image.unlockedBy"),
                offered("-o of qcow2", "encrypt.cipher-alg encrypt.cipher-mode", "CreateRequest.encryptedWith"),
                offered("-o of qcow2", "encrypt.hash-alg", "CreateRequest.hashedWith"),
                offered("-o of qcow2", "encrypt.iter-time", "Secret.random")
                        .but("a random key needs no slow derivation"),
                leftOut(
                        "-o of qcow2",
                        "encrypt.ivgen-alg encrypt.ivgen-hash-alg",
                        "always `plain64`, the only one fit for XTS"),
                leftOut("-o of qcow2", "encryption", "AES-CBC, which protects nothing and which qemu gave up"),
                leftOut(
                        "-o of qcow2",
                        "data_file data_file_raw",
                        "the disk would lie in a second file, which is lost or swapped apart from its tables"),
                offered("-o of luks", "size", "CreateRequest.of"),
                offered("-o of luks", "preallocation", "CreateRequest.preallocated"),
                offered("-o of luks", "key-secret", "Image.unlockedBy"),
                offered("-o of luks", "cipher-alg cipher-mode", "CreateRequest.encryptedWith"),
                offered("-o of luks", "hash-alg", "CreateRequest.hashedWith"),
                offered("-o of luks", "iter-time", "Secret.random").but("a random key needs no slow derivation"),
                leftOut("-o of luks", "ivgen-alg ivgen-hash-alg", "always `plain64`, the only one fit for XTS"),
                leftOut(
                        "-o of luks",
                        "detached-header",
                        "a header apart from its data is lost sooner; `CryptSetup.backUpHeader` makes a copy"));
    }

    private static List<Row> optionsOfOtherFormats() {
        return List.of(
                offered("-o of vmdk", "size", "CreateRequest.of"),
                offered(
                                "-o of vmdk",
                                "subformat",
                                "CreateRequest.laidOutAs",
                                "VmdkLayout.SPARSE",
                                "VmdkLayout.STREAM_OPTIMIZED")
                        .but("not those of several files"),
                offered("-o of vmdk", "adapter_type", "VmdkLayout.withAdapter"),
                leftOut("-o of vmdk", "backing_file backing_fmt", "overlays are qcow2"),
                leftOut(
                        "-o of vmdk",
                        "compat6 hwversion toolsversion zeroed_grain",
                        "marks for single versions of VMware; all of them read the usual ones"),
                offered("-o of vpc", "size", "CreateRequest.of"),
                offered("-o of vpc", "subformat", "HardDiskLayout.DYNAMIC", "HardDiskLayout.FIXED"),
                offered("-o of vpc", "force_size", "QemuImg.create").but("always said: the size is kept to the byte"),
                offered("-o of vhdx", "size", "CreateRequest.of"),
                offered("-o of vhdx", "subformat", "HardDiskLayout.DYNAMIC", "HardDiskLayout.FIXED"),
                leftOut("-o of vhdx", "block_size log_size", "qemu chooses by the disk's size"),
                leftOut("-o of vhdx", "block_state_zero", "the other value makes copies that are wrong"),
                offered("-o of vdi", "size", "CreateRequest.of"),
                offered("-o of vdi", "static", "HardDiskLayout.DYNAMIC", "HardDiskLayout.FIXED"));
    }

    private static Row offered(String verb, String options, String... members) {
        return new Row(verb, words(options), List.of(members), "");
    }

    private static Row leftOut(String verb, String options, String reason) {
        return new Row(verb, words(options), List.of(), reason);
    }

    private static List<String> words(String options) {
        return options.isEmpty() ? List.of() : Arrays.asList(options.split(" ", -1));
    }

    private static String code(String text) {
        return "`" + text + "`";
    }
}
