package io.hvkit.benchmarks;

import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.CopyEngine;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.inspect.UntrustedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Copies of disks, until all is on the disk, and looks into images. A copy of ours that is not the same as its source is an error. */
final class ConvertRows implements Row {

    private static final String MEMORY = "memory-";

    /** As many as our way has requests at once. */
    private static final int WRITERS = 8;

    @Override
    public List<String> names() {
        return List.of(
                "convert-raw-luks",
                "convert-luks-luks",
                "convert-luks-raw",
                "convert-qcow2-raw",
                "convert-raw-qcow2-luks",
                "inspect",
                "memory-raw-luks",
                "memory-luks-luks",
                "memory-luks-raw");
    }

    @Override
    public void measure(Bench bench) throws Exception {
        try (Secret one = Secret.random();
                Secret two = Secret.random();
                Plain.KeyFile oneFile = Plain.KeyFile.of(one);
                Plain.KeyFile twoFile = Plain.KeyFile.of(two)) {
            List<String> keys = List.of("--object", oneFile.object("s0"), "--object", twoFile.object("s1"));
            if (names().stream().anyMatch(name -> !name.startsWith(MEMORY) && bench.mayWant(name))) {
                Image raw =
                        Image.raw(Content.mixed(bench.file("raw"), bench.scale().disk()));
                copies(new Copy(bench, raw, bench.folder(), keys), "convert-", one, two);
                qcow2(new Copy(bench, raw, bench.folder(), keys), two);
                Content.remove(bench.file("raw"));
            }
            if (bench.mayWant(MEMORY)) {
                inMemory(bench, keys, one, two);
            }
        }
    }

    /** The same copies without a disk: what the processors allow. */
    private static void inMemory(Bench bench, List<String> keys, Secret one, Secret two) throws Exception {
        Path folder = Files.createTempDirectory(Path.of("/dev/shm"), ".hvkit-bench-");
        try {
            Image raw =
                    Image.raw(Content.mixed(folder.resolve("raw"), bench.scale().memory()));
            copies(new Copy(bench, raw, folder, keys), MEMORY, one, two);
        } finally {
            Folders.delete(folder);
        }
    }

    private static void copies(Copy copy, String prefix, Secret one, Secret two) throws Exception {
        Image raw = copy.expected();
        Image luks = Image.luks(copy.folder().resolve("luks")).unlockedBy(one);
        Image encrypted = Image.luks(copy.target()).unlockedBy(two);
        copy.row(prefix + "raw-luks", raw, encrypted);
        if (!copy.bench().mayWant(prefix + "luks-")) {
            return;
        }
        copy.bench().qemuImg().convert(ConvertRequest.of(raw, luks));
        Path old = copy.folder().resolve("old"); // the plain way's disks are formatted the plain way
        copy.plain(raw, old, ImageFormat.LUKS, "s0");
        copy.from(old).row(prefix + "luks-luks", luks, encrypted);
        copy.from(old).row(prefix + "luks-raw", luks, Image.raw(copy.target()));
        Content.remove(luks.path().orElseThrow(), old);
    }

    private static void qcow2(Copy copy, Secret key) throws Exception {
        Bench bench = copy.bench();
        Image qcow2 = Image.qcow2(bench.file("qcow2"));
        bench.qemuImg().convert(ConvertRequest.of(copy.expected(), qcow2));
        copy.row("convert-qcow2-raw", qcow2, Image.raw(copy.target()));
        copy.row(
                "convert-raw-qcow2-luks",
                copy.expected(),
                Image.qcow2(copy.target()).unlockedBy(key));
        inspect(bench, qcow2);
        Content.remove(bench.file("qcow2"));
    }

    /**
     * Copies onto one target, which is in a folder.
     *
     * @param expected what every copy must be the same as
     * @param keys what the plain way is told of keys: s0 opens sources, s1 targets
     * @param plainSource the plain way's source, if it is another
     * @param proven the rows whose copies were proven
     */
    private record Copy(
            Bench bench,
            Image expected,
            Path folder,
            List<String> keys,
            Optional<Path> plainSource,
            Set<String> proven) {

        Copy(Bench bench, Image expected, Path folder, List<String> keys) {
            this(bench, expected, folder, keys, Optional.empty(), new HashSet<>());
        }

        Copy from(Path other) {
            return new Copy(bench, expected, folder, keys, Optional.of(other), proven);
        }

        Path target() {
            return folder.resolve("target");
        }

        void row(String name, Image from, Image to) throws Exception {
            ConvertRequest request = ConvertRequest.of(from, to).intoPlaintext();
            Ways ways = Ways.of(() -> converted(name, request)).plain(() -> plainly(from, to));
            boolean isOwn = from.format() != ImageFormat.QCOW2 && to.format() != ImageFormat.QCOW2;
            ways = isOwn ? ways.tuned(() -> unproven(request.by(CopyEngine.QEMU_IMG))) : ways;
            bench.row(name, ways.limit(() -> stored(to.format())));
        }

        private double converted(String way, ConvertRequest request) throws Exception {
            double seconds = Way.timed(() -> bench.qemuImg().convert(request));
            prove(way, request.target());
            return seconds;
        }

        private double unproven(ConvertRequest request) throws Exception {
            double seconds = Way.timed(() -> bench.qemuImg().convert(request));
            Content.remove(target());
            return seconds;
        }

        private double plainly(Image from, Image to) throws Exception {
            double seconds = plain(from, target(), to.format(), "s1");
            Content.remove(target());
            return seconds;
        }

        /** Several copies of a part each, at once, past the page cache if there is one to pass by: a disk does more than one wants. */
        private double stored(ImageFormat format) throws Exception {
            long part = Files.size(expected.path().orElseThrow()) / WRITERS;
            List<String[]> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                writers.add(new String[] {
                    "dd",
                    "if=" + expected.path().orElseThrow(),
                    "of=" + target(),
                    "bs=1M",
                    "iflag=skip_bytes,count_bytes",
                    "oflag=seek_bytes," + (folder.equals(bench.folder()) ? "direct" : "nocache"),
                    "conv=notrunc,fsync" + (format == ImageFormat.LUKS ? "" : ",sparse"),
                    "skip=" + i * part,
                    "seek=" + i * part,
                    "count=" + part,
                    "status=none"
                });
            }
            double seconds = Plain.together(writers);
            Content.remove(target());
            return seconds;
        }

        /** Proves our way once, since a comparison takes longer than the copy, and removes what it made. */
        private void prove(String way, Image copy) throws Exception {
            if (proven.add(way)) {
                requireSame(bench, expected, copy);
            }
            Content.remove(target());
        }

        /** qemu-img with its defaults, and the flush that it leaves to the kernel. */
        double plain(Image from, Path to, ImageFormat format, String key) throws Exception {
            List<String> argv = new ArrayList<>(List.of("qemu-img", "convert"));
            argv.addAll(keys);
            argv.addAll(List.of("-O", format.qemuName()));
            if (encrypts(format)) {
                String prefix = format == ImageFormat.LUKS ? "" : "encrypt.";
                String option = prefix + "key-secret=" + key + bench.scale().derivationOption(prefix);
                argv.addAll(List.of("-o", (prefix.isEmpty() ? "" : "encrypt.format=luks,") + option));
            }
            String path = from.key().isPresent() && plainSource.isPresent()
                    ? plainSource.get().toString()
                    : from.path().orElseThrow().toString();
            argv.addAll(List.of(
                    "--image-opts",
                    "driver=" + from.format().qemuName() + (from.key().isPresent() ? ",key-secret=s0" : "")
                            + ",file.filename=" + path,
                    to.toString()));
            return Plain.seconds(argv.toArray(String[]::new)) + Way.timed(() -> Content.flush(to));
        }

        private static boolean encrypts(ImageFormat format) {
            return format == ImageFormat.LUKS || format == ImageFormat.QCOW2;
        }
    }

    /** A wrong copy has no speed. */
    static void requireSame(Bench bench, Image expected, Image copy) throws Exception {
        ImageRows.require(bench.qemuImg().compare(expected, copy).isIdentical());
    }

    private static void inspect(Bench bench, Image image) throws Exception {
        Path path = image.path().orElseThrow();
        bench.row(
                "inspect",
                Ways.of(() -> Micro.each(() -> UntrustedImage.at(path).inspect()))
                        .plain(() -> Plain.seconds("qemu-img", "info", "--output=json", path.toString())));
    }
}
