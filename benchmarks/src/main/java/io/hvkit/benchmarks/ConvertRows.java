package io.hvkit.benchmarks;

import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.inspect.UntrustedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Copies of disks, until all is on the disk, and looks into images. A copy that is not the same as its source is an error. */
final class ConvertRows implements Row {

    @Override
    public List<String> names() {
        return List.of(
                "convert-raw-luks",
                "convert-luks-luks",
                "convert-luks-raw",
                "convert-qcow2-raw",
                "convert-raw-qcow2-luks",
                "inspect");
    }

    @Override
    public void measure(Bench bench) throws Exception {
        try (Secret one = Secret.random();
                Secret two = Secret.random();
                Plain.KeyFile oneFile = Plain.KeyFile.of(one);
                Plain.KeyFile twoFile = Plain.KeyFile.of(two)) {
            Image raw = Image.raw(Content.mixed(bench.file("raw"), bench.scale().disk()));
            Image luks = Image.luks(bench.file("luks")).unlockedBy(one);
            Image qcow2 = Image.qcow2(bench.file("qcow2"));
            bench.qemuImg().convert(ConvertRequest.of(raw, luks));
            bench.qemuImg().convert(ConvertRequest.of(raw, qcow2));
            List<String> keys = List.of("--object", oneFile.object("s0"), "--object", twoFile.object("s1"));
            Path target = bench.file("target");
            Copy copy = new Copy(bench, raw, target, keys);
            copy.row("convert-raw-luks", raw, Image.luks(target).unlockedBy(two), "luks");
            // the plain way's disks are formatted the plain way
            Path old = bench.file("old");
            if (bench.mayWant("convert-luks-")) {
                copy.plain(raw, old, ImageFormat.LUKS, "s0");
            }
            copy.from(old).row("convert-luks-luks", luks, Image.luks(target).unlockedBy(two), "luks");
            copy.from(old).row("convert-luks-raw", luks, Image.raw(target), "raw");
            copy.row("convert-qcow2-raw", qcow2, Image.raw(target), "raw");
            copy.row("convert-raw-qcow2-luks", raw, Image.qcow2(target).unlockedBy(two), "qcow2");
            inspect(bench, qcow2);
            Content.remove(bench.file("raw"), bench.file("luks"), bench.file("qcow2"), old);
        }
    }

    /**
     * Copies onto one target.
     *
     * @param expected what every copy must be the same as
     * @param keys what the plain way is told of keys: s0 opens sources, s1 targets
     * @param plainSource the plain way's source, if it is another
     * @param proven the rows whose plain way was proven
     */
    private record Copy(
            Bench bench,
            Image expected,
            Path target,
            List<String> keys,
            Optional<Path> plainSource,
            Set<String> proven) {

        Copy(Bench bench, Image expected, Path target, List<String> keys) {
            this(bench, expected, target, keys, Optional.empty(), new HashSet<>());
        }

        Copy from(Path other) {
            return new Copy(bench, expected, target, keys, Optional.of(other), proven);
        }

        void row(String name, Image from, Image to, String format) throws Exception {
            bench.row(
                    name,
                    () -> {
                        ConvertRequest request = ConvertRequest.of(from, to).intoPlaintext();
                        double seconds = Way.timed(() -> bench.qemuImg().convert(request));
                        requireSame(to);
                        return seconds;
                    },
                    Optional.of(() -> {
                        double seconds = plain(from, target, to.format(), "s1");
                        if (proven.add(name)) { // once: a comparison takes longer than the copy
                            requireSame(to);
                        }
                        Content.remove(target);
                        return seconds;
                    }),
                    Optional.of(() -> {
                        double seconds = Plain.seconds(
                                "dd",
                                "if=" + expected.path().orElseThrow(),
                                "of=" + target,
                                "bs=1M",
                                "oflag=direct",
                                "conv=fsync" + (format.equals("luks") ? "" : ",sparse"),
                                "status=none");
                        Content.remove(target);
                        return seconds;
                    }));
        }

        private void requireSame(Image copy) throws Exception {
            ConvertRows.requireSame(bench, expected, copy);
            Content.remove(target);
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
                () -> Micro.each(() -> UntrustedImage.at(path).inspect()),
                Optional.of(() -> Plain.seconds("qemu-img", "info", "--output=json", path.toString())),
                Optional.empty());
    }
}
