package io.hvkit.examples.snapshots;

import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.examples.storage.Auditor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The layers that the catalog has, and the files that the store has.
 *
 * @param layers how many layers the catalog has
 * @param encrypted how many keys they have, each of which has a layer of its own
 * @param unsettled what the catalog says of those that are not whole
 * @param expected the files that must be there
 * @param found the files that are
 */
record Inventory(
        int layers, long encrypted, List<String> unsettled, SortedSet<String> expected, SortedSet<String> found) {

    private static final String LOCK = ".hvkit-lock"; // stays empty, and with its pool

    private static final int NAME_BYTES = 12;
    private static final int DAMAGED = 1 << 20;

    static Inventory of(Auditor auditor, Path store) throws InterruptedException {
        List<BackupRecord> layers = auditor.layers();
        return new Inventory(
                layers.size(),
                layers.stream()
                        .flatMap(layer -> layer.key().stream())
                        .distinct()
                        .count(),
                layers.stream()
                        .filter(layer -> layer.layer().map(BackupRecord.Layer::state).stream()
                                .noneMatch(BackupRecord.State.READY::equals))
                        .map(layer -> layer.name() + " " + layer.layer())
                        .toList(),
                layers.stream().map(Inventory::file).collect(Collectors.toCollection(TreeSet::new)),
                files(store));
    }

    /** What a layer is called in its store: a digest of both names, which stays the same for all time. */
    private static String file(BackupRecord layer) {
        String store = layer.layer().orElseThrow().store().value();
        String whole = store + " " + layer.name().substring(store.length() + 1);
        byte[] digest = RunningDisk.sha256().digest(whole.getBytes(StandardCharsets.US_ASCII));
        return "hvkit-" + HexFormat.of().formatHex(digest, 0, NAME_BYTES);
    }

    /** Writes over the first layer of each chain, behind its header. */
    static void damage(Auditor auditor, Path store) throws InterruptedException, IOException {
        for (BackupRecord layer : auditor.layers()) {
            if (layer.layer().flatMap(BackupRecord.Layer::parent).isEmpty()) {
                try (Stream<Path> all = Files.list(store);
                        FileChannel file = FileChannel.open(
                                all.filter(one -> one.getFileName().toString().startsWith(file(layer)))
                                        .findAny()
                                        .orElseThrow(),
                                StandardOpenOption.WRITE)) {
                    file.write(ByteBuffer.allocate(DAMAGED), file.size() / 2);
                }
            }
        }
    }

    /** Returns the files of a store, without what ends their names. */
    static SortedSet<String> files(Path store) {
        try (Stream<Path> all = Files.walk(store)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> store.relativize(file).toString())
                    .filter(name -> !name.equals(LOCK))
                    .map(name -> name.replaceFirst("^(hvkit-[0-9a-f]+)\\.[a-z0-9]+$", "$1"))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isExact() {
        return expected.equals(found) && unsettled.isEmpty() && encrypted == layers;
    }

    @Override
    public String toString() {
        SortedSet<String> more = new TreeSet<>(found);
        more.removeAll(expected);
        SortedSet<String> missing = new TreeSet<>(expected);
        missing.removeAll(found);
        return layers + " layers, " + encrypted + " with keys of their own, and " + found.size() + " files; not known: "
                + more + ", missing: " + missing + ", not whole: " + unsettled;
    }
}
