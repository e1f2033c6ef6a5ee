package io.hvkit.examples.scaleio;

import io.hvkit.engine.HvKit;
import io.hvkit.examples.console.Virsh;
import io.hvkit.examples.storage.Auditor;
import io.hvkit.powerflex.simulator.SimulatedSystem;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandRunner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All that there is, wherever it could be. Compared as a whole, so that nothing that was left can hide.
 *
 * @param things what there is, by the place where it is
 */
record FlexStock(SortedMap<String, List<String>> things) {

    private static final List<String> SYSTEMS = List.of("east", "west");

    /**
     * Returns what must be left when every volume is deleted: the records of keys that are destroyed, and the password of each pool.
     *
     * @param keys how many keys there were
     * @param pools how many pools there are
     */
    static FlexStock empty(int keys, int pools) {
        SortedMap<String, List<String>> none = new TreeMap<>();
        for (String system : SYSTEMS) {
            none.put("volumes and snapshots of " + system, List.of());
            none.put("mappings of " + system, List.of());
            none.put("files of " + system, List.of());
        }
        for (String place : List.of(
                "device links",
                "loop devices",
                "machines",
                "secrets",
                "volumes",
                "attachments",
                "operations under way")) {
            none.put(place, List.of());
        }
        List<String> left = new ArrayList<>(Collections.nCopies(keys, "DESTROYED"));
        left.addAll(Collections.nCopies(pools, "ACTIVE and can be opened"));
        none.put("keys", left.stream().sorted().toList());
        return new FlexStock(none);
    }

    /** Looks everywhere, past the engine as far as that can be. */
    static FlexStock taken(Flex flex, Auditor auditor, HvKit hvkit) throws InterruptedException {
        SortedMap<String, List<String>> things = new TreeMap<>();
        for (String system : SYSTEMS) {
            SimulatedSystem array = flex.system(system);
            things.put("volumes and snapshots of " + system, array.volumes());
            things.put("mappings of " + system, array.mappings());
            things.put("files of " + system, files(flex.content().resolve(system)));
        }
        things.put("device links", files(flex.client().deviceFolder()));
        things.put("loop devices", loops(flex.content()));
        things.put("machines", Virsh.on(flex.node1()).machines());
        things.put("secrets", Virsh.on(flex.node1()).secrets());
        things.put("volumes", auditor.volumes());
        things.put("attachments", auditor.attachments());
        things.put(
                "operations under way",
                hvkit.jobs().open().stream().map(Object::toString).toList());
        things.put("keys", auditor.keys().stream().sorted().toList());
        return new FlexStock(things);
    }

    private static List<String> files(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(file -> !Files.isDirectory(file))
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> loops(Path folder) throws InterruptedException {
        return CommandRunner.local()
                .run(Command.of("losetup", "--list", "--noheadings", "--output", "NAME,BACK-FILE"))
                .output()
                .lines()
                .filter(line -> line.contains(folder.toString()))
                .sorted()
                .toList();
    }

    /** Returns what there is; of the rest it tells where was looked. */
    @Override
    public String toString() {
        return things.entrySet().stream()
                .map(entry -> entry.getKey() + " " + (entry.getValue().isEmpty() ? "none" : entry.getValue()))
                .collect(Collectors.joining(", "));
    }

    /** Returns where the two differ, with what is here. */
    List<String> differences(FlexStock other) {
        return things.entrySet().stream()
                .filter(entry -> !entry.getValue().equals(other.things.get(entry.getKey())))
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .toList();
    }
}
