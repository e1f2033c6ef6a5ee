package io.hvkit.benchmarks;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.qemu.Image;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Making and unlocking encrypted images, and changing their keys. */
final class ImageRows implements Row {

    private static final ByteSize SIZE = ByteSize.gibibytes(1);

    @Override
    public List<String> names() {
        return List.of(
                "create-luks",
                "create-qcow2-luks",
                "create-many",
                "unlock-luks",
                "unlock-qcow2-luks",
                "key-add-luks",
                "key-change-luks",
                "key-add-qcow2-luks",
                "key-change-qcow2-luks");
    }

    @Override
    public void measure(Bench bench) throws Exception {
        try (Secret key = Secret.random();
                Secret other = Secret.random();
                Plain.KeyFile keyFile = Plain.KeyFile.of(key);
                Plain.KeyFile otherFile = Plain.KeyFile.of(other)) {
            for (ImageFormat format : List.of(ImageFormat.LUKS, ImageFormat.QCOW2)) {
                Maker maker = new Maker(bench, format, key, keyFile);
                create(bench, maker);
                unlock(bench, maker);
                addKey(bench, maker, other, otherFile);
                changeKey(bench, maker, other, otherFile);
            }
            CreationRow.measure(bench, key, keyFile);
            Content.remove(bench.file("kept-luks"), bench.file("kept-qcow2-luks"));
        }
    }

    /** Makes images of one format, in both ways. */
    record Maker(Bench bench, ImageFormat format, Secret key, Plain.KeyFile keyFile) {

        String suffix() {
            return format == ImageFormat.LUKS ? "luks" : "qcow2-luks";
        }

        String option(String name) {
            return format == ImageFormat.LUKS ? name : "encrypt." + name;
        }

        Image ours(String name) throws Exception {
            Image image = Image.of(bench.file(name), format).unlockedBy(key);
            bench.qemuImg().create(image, SIZE);
            return image;
        }

        double plain(String name) throws Exception {
            String options = (format == ImageFormat.LUKS ? "" : "encrypt.format=luks,")
                    + option("key-secret")
                    + "=s0"
                    + bench.scale().derivationOption(option(""));
            return Plain.seconds(
                    "qemu-img",
                    "create",
                    "-q",
                    "-f",
                    format.qemuName(),
                    "--object",
                    keyFile.object("s0"),
                    "-o",
                    options,
                    bench.file(name).toString(),
                    Long.toString(SIZE.bytes()));
        }

        /** Makes the plain way's image by copying one that it made before, which is not what is measured. */
        void copyOfPlain(String name) throws Exception {
            Path kept = bench.file("kept-" + suffix());
            if (Files.notExists(kept)) {
                plain(kept.getFileName().toString());
            }
            Plain.seconds(
                    "cp", "--sparse=always", kept.toString(), bench.file(name).toString());
        }

        String opened(String name, String secret) {
            return "driver=" + format.qemuName() + "," + option("key-secret") + "=" + secret + ",file.filename="
                    + bench.file(name);
        }
    }

    private static void create(Bench bench, Maker maker) throws Exception {
        Path made = bench.file("made");
        Path limit = bench.file("limit");
        bench.row(
                "create-" + maker.suffix(),
                Ways.of(() -> {
                            double seconds = Way.timed(() -> maker.ours("made"));
                            require(bench.qemuImg()
                                    .unlocks(Image.of(made, maker.format()).unlockedBy(maker.key())));
                            Content.remove(made);
                            return seconds;
                        })
                        .plain(() -> {
                            double seconds = maker.plain("made");
                            Content.remove(made);
                            return seconds;
                        })
                        .limit(() -> {
                            double seconds = Way.timed(() -> {
                                Files.write(limit, new byte[260_000]);
                                Content.flush(limit);
                            });
                            Content.remove(limit);
                            return seconds;
                        }));
    }

    private static void unlock(Bench bench, Maker maker) throws Exception {
        if (!bench.wants("unlock-" + maker.suffix())) {
            return;
        }
        Image ours = maker.ours("ours");
        maker.copyOfPlain("plain");
        Image open = Image.qcow2(bench.file("open"));
        bench.qemuImg().create(open, SIZE);
        bench.row(
                "unlock-" + maker.suffix(),
                Ways.of(() -> Way.timed(() -> require(bench.qemuImg().unlocks(ours))))
                        .plain(() -> map(maker.keyFile(), maker.opened("plain", "s0")))
                        .limit(() -> map(maker.keyFile(), "driver=qcow2,file.filename=" + bench.file("open"))));
        Content.remove(bench.file("ours"), bench.file("plain"), bench.file("open"));
    }

    private static double map(Plain.KeyFile key, String image) throws Exception {
        return Plain.seconds(
                "qemu-img",
                "map",
                "--output=json",
                "--max-length=512",
                "--object",
                key.object("s0"),
                "--image-opts",
                image);
    }

    private static void addKey(Bench bench, Maker maker, Secret other, Plain.KeyFile otherFile) throws Exception {
        String name = "key-add-" + maker.suffix();
        if (!bench.wants(name)) {
            return;
        }
        bench.row(
                name,
                Ways.of(() -> {
                            Image image = maker.ours("made");
                            double seconds = Way.timed(
                                    () -> bench.qemuImg().keySlots(image).add(other));
                            require(bench.qemuImg().unlocks(image.unlockedBy(other)));
                            Content.remove(bench.file("made"));
                            return seconds;
                        })
                        .plain(() -> {
                            maker.copyOfPlain("made");
                            double seconds = amendedToOpenWith(maker, otherFile);
                            Content.remove(bench.file("made"));
                            return seconds;
                        }));
    }

    private static double amendedToOpenWith(Maker maker, Plain.KeyFile otherFile) throws Exception {
        String derivation = maker.bench().scale().derivationOption(maker.option(""));
        return amend(
                maker,
                otherFile,
                maker.option("state") + "=active," + maker.option("new-secret") + "=s1" + derivation,
                maker.opened("made", "s0"));
    }

    private static double amend(Maker maker, Plain.KeyFile otherFile, String change, String image) throws Exception {
        List<String> argv = new ArrayList<>(List.of("qemu-img", "amend", "-q"));
        argv.addAll(List.of("--object", maker.keyFile().object("s0"), "--object", otherFile.object("s1")));
        argv.addAll(List.of("-o", change, "--image-opts", image));
        return Plain.seconds(argv.toArray(String[]::new));
    }

    private static void changeKey(Bench bench, Maker maker, Secret other, Plain.KeyFile otherFile) throws Exception {
        String name = "key-change-" + maker.suffix();
        if (!bench.wants(name)) {
            return;
        }
        bench.row(
                name,
                Ways.of(() -> {
                            Image image = maker.ours("made");
                            double seconds = Way.timed(
                                    () -> bench.qemuImg().keySlots(image).change(other));
                            require(bench.qemuImg().unlocks(image.unlockedBy(other))
                                    && !bench.qemuImg().unlocks(image));
                            Content.remove(bench.file("made"));
                            return seconds;
                        })
                        .plain(() -> {
                            maker.copyOfPlain("made");
                            double seconds = changedPlainly(maker, otherFile);
                            Content.remove(bench.file("made"));
                            return seconds;
                        }));
    }

    /** One call of cryptsetup; it knows no qcow2, where qemu-img adds the one key and removes the other. */
    private static double changedPlainly(Maker maker, Plain.KeyFile otherFile) throws Exception {
        if (maker.format() == ImageFormat.LUKS) {
            return Plain.seconds(
                    "cryptsetup",
                    "luksChangeKey",
                    "--batch-mode",
                    "--key-file=" + maker.keyFile().path(),
                    maker.bench().file("made").toString(),
                    otherFile.path().toString());
        }
        String removal = maker.option("state") + "=inactive," + maker.option("old-secret") + "=s0";
        return amendedToOpenWith(maker, otherFile) + amend(maker, otherFile, removal, maker.opened("made", "s1"));
    }

    static void require(boolean holds) {
        if (!holds) {
            throw new IllegalStateException("what was measured did not do what it should");
        }
    }
}
