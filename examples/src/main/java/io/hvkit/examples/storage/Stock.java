package io.hvkit.examples.storage;

import io.hvkit.engine.HvKit;
import io.hvkit.examples.console.Virsh;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All that there is of an installation, wherever it could be. Compared as a whole, so that nothing that was left can hide.
 *
 * @param things what there is, by the place where it is
 */
record Stock(SortedMap<String, List<String>> things) {

    private static final List<String> POOLS = List.of("local1", "local2", "shared");
    private static final String LOCK = ".hvkit-lock"; // stays empty, and with its pool

    /** Returns what must be left when every volume is deleted: nothing, but for the keys' empty records. */
    static Stock empty(int keys) {
        SortedMap<String, List<String>> none = new TreeMap<>();
        for (String host : List.of("node1", "node2")) {
            none.put("machines of " + host, List.of());
            none.put("secrets of " + host, List.of());
        }
        for (String pool : POOLS) {
            none.put("files of " + pool, List.of());
        }
        none.put("volumes", List.of());
        none.put("attachments", List.of());
        none.put("operations under way", List.of());
        none.put("keys", Collections.nCopies(keys, "DESTROYED"));
        return new Stock(none);
    }

    /** Looks everywhere, past the engine as far as that can be. */
    static Stock taken(Site site, Auditor auditor, HvKit hvkit) throws InterruptedException {
        SortedMap<String, List<String>> things = new TreeMap<>();
        things.put("machines of node1", Virsh.on(site.node1()).machines());
        things.put("machines of node2", Virsh.on(site.node2()).machines());
        things.put("secrets of node1", Virsh.on(site.node1()).secrets());
        things.put("secrets of node2", Virsh.on(site.node2()).secrets());
        for (String pool : POOLS) {
            things.put("files of " + pool, files(site.pool(pool)));
        }
        things.put("volumes", auditor.volumes());
        things.put("attachments", auditor.attachments());
        things.put(
                "operations under way",
                hvkit.jobs().open().stream().map(Object::toString).toList());
        things.put("keys", auditor.keys());
        return new Stock(things);
    }

    /** Returns all files of a pool, but for its lock. */
    static List<String> files(Path pool) {
        try (Stream<Path> all = Files.walk(pool)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> pool.relativize(file).toString())
                    .filter(name -> !name.equals(LOCK))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns what there is; of the rest it tells where was looked. */
    @Override
    public String toString() {
        return things.entrySet().stream()
                .map(entry -> entry.getKey() + " " + (entry.getValue().isEmpty() ? "none" : entry.getValue()))
                .collect(Collectors.joining(", "));
    }

    /** Returns where the two differ, with what is here. */
    List<String> differences(Stock other) {
        return things.entrySet().stream()
                .filter(entry -> !entry.getValue().equals(other.things.get(entry.getKey())))
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .toList();
    }
}
