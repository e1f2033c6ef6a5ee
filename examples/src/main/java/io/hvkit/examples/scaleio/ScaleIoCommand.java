package io.hvkit.examples.scaleio;

import io.hvkit.examples.console.Demo;
import io.hvkit.examples.scaleio.FlexMoves.Fault;
import io.hvkit.examples.scaleio.FlexMoves.Way;
import io.hvkit.examples.storage.Platform;
import io.hvkit.testkit.postgres.PrivatePostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Shows PowerFlex from the command line: {@code --work FOLDER [--only inside] [--catalog sqlite|postgresql] [--break inventory]
 * [--keep]}. With {@code --only inside} nothing is copied to the other storage system, which takes most of the time and of the room.
 * Without {@code --catalog} it is SQLite.
 */
public final class ScaleIoCommand {

    private static final String BREAK = "--break";
    private static final String ONLY = "--only";
    private static final String CATALOG = "--catalog";

    private ScaleIoCommand() {}

    /** Runs the demonstration; the exit code is 0 only if every proof holds, 2 if the options make no sense. */
    public static void main(String[] arguments) throws IOException {
        Demo.main(
                "scaleio",
                arguments,
                Map.of(ONLY, "inside", BREAK, "inventory", CATALOG, "sqlite|postgresql"),
                ScaleIoCommand::run);
    }

    private static void run(Demo demo) throws InterruptedException, IOException {
        Path work = Files.createDirectories(demo.folder().resolve("platform"));
        Path masterKeys = Files.createDirectories(work.resolve("keys")).resolve("master");
        if (demo.value(CATALOG).filter("postgresql"::equals).isPresent()) {
            try (PrivatePostgres server = PrivatePostgres.start()) {
                show(demo, work, new Platform(server.url(), masterKeys), server.folder());
            }
        } else {
            Path files = Files.createDirectories(work.resolve("catalog"));
            show(demo, work, Platform.inFile(files.resolve("catalog.db"), masterKeys), files);
        }
    }

    private static void show(Demo demo, Path work, Platform catalog, Path catalogFiles)
            throws InterruptedException, IOException {
        try (Flex flex = Flex.in(demo.folder())) {
            FlexPlatform platform = flex.platform(catalog);
            Fault fault = demo.says(BREAK) ? Fault.FORGOTTEN_VOLUME : Fault.NONE;
            Way way = demo.says(ONLY) ? Way.INSIDE : Way.INSIDE_AND_ACROSS;
            new FlexMoves(work, platform, flex, demo.proofs()).run(way, fault, catalogFiles);
        }
    }
}
