package io.hvkit.examples.engine;

import io.hvkit.examples.console.Demo;
import io.hvkit.examples.engine.EngineDemo.Fault;
import io.hvkit.examples.storage.Platform;
import io.hvkit.testkit.postgres.PrivatePostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Shows the quick start of the engine from the command line: {@code --work FOLDER [--catalog sqlite|postgresql] [--break inventory] [--keep]}.
 * Without {@code --catalog} it does all of it twice, on both.
 */
public final class EngineCommand {

    private static final String CATALOG = "--catalog";
    private static final String BREAK = "--break";
    private static final String SQLITE = "sqlite";
    private static final String POSTGRESQL = "postgresql";

    private EngineCommand() {}

    /** Runs the demonstration; the exit code is 0 only if every proof holds, 2 if the options make no sense. */
    public static void main(String[] arguments) throws IOException {
        Map<String, String> own = Map.of(CATALOG, SQLITE + "|" + POSTGRESQL, BREAK, "inventory");
        Demo.main("engine", arguments, own, EngineCommand::run);
    }

    private static void run(Demo demo) throws InterruptedException, IOException {
        List<String> catalogs = demo.value(CATALOG).map(List::of).orElse(List.of(SQLITE, POSTGRESQL));
        for (String catalog : catalogs) {
            Path work = Files.createDirectories(demo.folder().resolve(catalog));
            Path masterKeys = Files.createDirectories(work.resolve("keys")).resolve("master");
            demo.proofs().begin(catalog);
            if (catalog.equals(SQLITE)) {
                Path files = Files.createDirectories(work.resolve("catalog"));
                show(demo, work, Platform.inFile(files.resolve("catalog.db"), masterKeys), files);
            } else {
                try (PrivatePostgres server = PrivatePostgres.start()) {
                    show(demo, work, new Platform(server.url(), masterKeys), server.folder());
                }
            }
        }
    }

    private static void show(Demo demo, Path work, Platform platform, Path catalogFiles)
            throws InterruptedException, IOException {
        try (Cloud cloud = Cloud.in(work, platform)) {
            Fault fault = demo.says(BREAK) ? Fault.FORGOTTEN_FILE : Fault.NONE;
            new EngineDemo(cloud, demo.proofs()).run(fault, work, catalogFiles);
        }
    }
}
