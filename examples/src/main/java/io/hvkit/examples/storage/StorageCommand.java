package io.hvkit.examples.storage;

import io.hvkit.examples.console.Demo;
import io.hvkit.examples.storage.Storage.Fault;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Shows volumes and keys from the command line: {@code --work FOLDER [--catalog sqlite|postgresql] [--break inventory] [--keep]}. Without
 * {@code --catalog} it does all of it twice, on both.
 */
public final class StorageCommand {

    private static final String BREAK = "--break";

    private StorageCommand() {}

    /** Runs the demonstration; the exit code is 0 only if every proof holds, 2 if the options make no sense. */
    public static void main(String[] arguments) throws IOException {
        Demo.main(
                "storage",
                arguments,
                CatalogChoice.with(BREAK, "inventory"),
                demo -> CatalogChoice.each(demo, (work, platform, files) -> show(demo, work, platform, files)));
    }

    private static void show(Demo demo, Path work, Platform platform, Path catalogFiles)
            throws InterruptedException, IOException {
        try (Site site = Site.in(work)) {
            List<Path> places = new ArrayList<>(List.of(work, catalogFiles));
            demo.log().ifPresent(places::add);
            Fault fault = demo.says(BREAK) ? Fault.FORGOTTEN_FILE : Fault.NONE;
            new Storage(work, platform, site, demo.proofs()).run(fault, places);
        }
    }
}
