package io.hvkit.examples.snapshots;

import io.hvkit.examples.console.Demo;
import io.hvkit.examples.snapshots.Snapshots.Fault;
import io.hvkit.examples.storage.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Shows snapshots from the command line: {@code --work FOLDER [--snapshots 5..99] [--seed NUMBER] [--break inventory|layer] [--keep]}. The
 * seed says what is deleted when.
 */
public final class SnapshotsCommand {

    private static final String SNAPSHOTS = "--snapshots";
    private static final String SEED = "--seed";
    private static final String BREAK = "--break";
    private static final int USUAL = 20;
    private static final String COUNTS = "5..99";

    private SnapshotsCommand() {}

    /** Runs the demonstration; the exit code is 0 only if every proof holds, 2 if the options make no sense. */
    public static void main(String[] arguments) throws IOException {
        Map<String, String> own = Map.of(SNAPSHOTS, COUNTS, SEED, Demo.NUMBER, BREAK, "inventory|layer");
        Demo.main("snapshots", arguments, own, SnapshotsCommand::run);
    }

    private static void run(Demo demo) throws InterruptedException, IOException {
        int count = demo.value(SNAPSHOTS).map(Integer::parseInt).orElse(USUAL);
        long seed = demo.value(SEED).map(Long::parseLong).orElseGet(() -> System.nanoTime() % 1_000_000);
        Path work = demo.folder();
        Path masterKeys = Files.createDirectories(work.resolve("keys")).resolve("master");
        Path catalog = Files.createDirectories(work.resolve("catalog")).resolve("catalog.db");
        Fault fault = demo.value(BREAK)
                .map(what -> what.equals("layer") ? Fault.DAMAGED_LAYER : Fault.FORGOTTEN_FILE)
                .orElse(Fault.NONE);
        demo.proofs().begin("--snapshots " + count + " --seed " + seed);
        try (Site site = Site.in(work)) {
            new Snapshots(work, Platform.inFile(catalog, masterKeys), site, demo.proofs()).run(count, seed, fault);
        }
    }
}
