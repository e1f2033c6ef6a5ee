package io.hvkit.examples.engine;

import io.hvkit.examples.console.Demo;
import io.hvkit.examples.engine.EngineDemo.Fault;
import io.hvkit.examples.storage.CatalogChoice;
import io.hvkit.examples.storage.Platform;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Shows the quick start of the engine from the command line: {@code --work FOLDER [--catalog sqlite|postgresql] [--break inventory] [--keep]}.
 * Without {@code --catalog} it does all of it twice, on both.
 */
public final class EngineCommand {

    private static final String BREAK = "--break";

    private EngineCommand() {}

    /** Runs the demonstration; the exit code is 0 only if every proof holds, 2 if the options make no sense. */
    public static void main(String[] arguments) throws IOException {
        Demo.main(
                "engine",
                arguments,
                CatalogChoice.with(BREAK, "inventory"),
                demo -> CatalogChoice.each(demo, (work, platform, files) -> show(demo, work, platform, files)));
    }

    private static void show(Demo demo, Path work, Platform platform, Path catalogFiles)
            throws InterruptedException, IOException {
        try (Cloud cloud = Cloud.in(work, platform)) {
            List<Path> places = new ArrayList<>(List.of(work, catalogFiles));
            demo.log().ifPresent(places::add);
            Fault fault = demo.says(BREAK) ? Fault.FORGOTTEN_FILE : Fault.NONE;
            new EngineDemo(cloud, demo.proofs()).run(fault, places);
        }
    }
}
