package io.hvkit.benchmarks;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.qemu.Image;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** So many encrypted images one after the other, none of which may fail. Each proves itself, and qemu opens some. The plain way makes one of each kind. */
final class CreationRow {

    private static final String NAME = "create-many";
    private static final ByteSize SIZE = ByteSize.gibibytes(1);
    private static final int PARTS = 10;
    private static final int OPENED = 25;
    private static final int KINDS = 2;

    private CreationRow() {}

    static void measure(Bench bench, Secret key, Plain.KeyFile keyFile) throws Exception {
        if (!bench.wants(NAME)) {
            return;
        }
        long start = System.nanoTime();
        int each = bench.scale().creations() / PARTS;
        List<Double> seconds = new ArrayList<>();
        for (int part = 0; part < PARTS; part++) {
            double spent = 0;
            for (int number = 0; number < each; number++) {
                spent += made(bench, part * each + number, key);
            }
            seconds.add(spent / each);
        }
        List<Double> plain = new ArrayList<>();
        for (int number = 0; number < KINDS; number++) {
            plain.add(new ImageRows.Maker(bench, format(number), key, keyFile).plain("one-of-many"));
            Content.remove(bench.file("one-of-many"));
        }
        bench.add(new Figures(
                NAME,
                new Samples(seconds),
                Optional.of(new Samples(plain)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                (System.nanoTime() - start) / 1e9));
    }

    private static double made(Bench bench, int number, Secret key) throws Exception {
        Image image = Image.of(bench.file("one-of-many"), format(number)).unlockedBy(key);
        double seconds = Way.timed(() -> bench.qemuImg().create(image, SIZE));
        if (number % OPENED == 0) {
            ImageRows.require(bench.qemuImg().unlocks(image));
        }
        Content.remove(bench.file("one-of-many"));
        return seconds;
    }

    private static ImageFormat format(int number) {
        return number % 2 == 0 ? ImageFormat.LUKS : ImageFormat.QCOW2;
    }
}
