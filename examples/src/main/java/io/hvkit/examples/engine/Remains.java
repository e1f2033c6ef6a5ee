package io.hvkit.examples.engine;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.CatalogRecord;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.usage.Account;
import io.hvkit.examples.console.Virsh;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What is left of an installation when all that was asked for is deleted: looked for past the engine, on hosts, in directories and in the catalog.
 *
 * @param things what there is, by the place where it is; places with nothing are among them
 */
record Remains(SortedMap<String, List<String>> things) {

    private static final int MOST = 100;
    private static final String LOCK = ".hvkit-lock"; // stays empty, and with its pool

    /** The tables that must be empty; hosts, pools, events and destroyed keys stay. */
    private static final Map<String, Function<Transaction, Table<?>>> TABLES = Map.ofEntries(
            entry("volumes", Transaction::volumes),
            entry("attachments", Transaction::attachments),
            entry("machines", Transaction::machines),
            entry("disks of machines", Transaction::machineDisks),
            entry("snapshots", Transaction::snapshots),
            entry("chains of snapshots", Transaction::chains),
            entry("layers of snapshots", Transaction::backups),
            entry("copies of snapshots", Transaction::replicas),
            entry("readings of snapshots", Transaction::readings),
            entry("templates", Transaction::templates),
            entry("copies of templates", Transaction::templateCopies),
            entry("offerings", Transaction::offerings),
            entry("what counts", Transaction::holdings));

    private static Map.Entry<String, Function<Transaction, Table<?>>> entry(
            String words, Function<Transaction, Table<?>> table) {
        return Map.entry(words, table);
    }

    /** Looks everywhere. */
    static Remains of(Cloud cloud, HvKit hvkit) throws InterruptedException {
        SortedMap<String, List<String>> things = new TreeMap<>();
        things.put("machines of node1", Virsh.on(cloud.node1()).machines());
        things.put("machines of node2", Virsh.on(cloud.node2()).machines());
        things.put("secrets of node1", Virsh.on(cloud.node1()).secrets());
        things.put("secrets of node2", Virsh.on(cloud.node2()).secrets());
        for (String pool : Cloud.POOLS) {
            things.put("files of " + pool, files(cloud.pool(pool)));
        }
        things.put("staged images", files(cloud.staging()));
        things.put(
                "operations under way",
                hvkit.jobs().open().stream().map(Object::toString).toList());
        things.put(
                "counted for the root",
                hvkit.usage().held(Account.ROOT).sizes().entrySet().stream()
                        .map(Object::toString)
                        .toList());
        try (Catalog catalog = cloud.platform().catalog()) {
            for (Map.Entry<String, Function<Transaction, Table<?>>> table : TABLES.entrySet()) {
                things.put(
                        table.getKey(),
                        catalog.inTransaction(
                                transaction -> ids(table.getValue().apply(transaction))));
            }
        }
        return new Remains(things);
    }

    private static <R extends CatalogRecord<R>> List<String> ids(Table<R> table) {
        return table.page(Optional.empty(), MOST).stream()
                .map(record -> record.id().value())
                .toList();
    }

    /** Returns all files below a directory, but for the lock of a pool. */
    private static List<String> files(Path directory) {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> directory.relativize(file).toString())
                    .filter(name -> !name.equals(LOCK))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns where there is something, with what there is; nothing is what it should return. */
    List<String> found() {
        return things.entrySet().stream()
                .filter(entry -> !entry.getValue().isEmpty())
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .toList();
    }

    /** Returns where was looked. */
    String places() {
        return String.join(", ", things.keySet());
    }
}
