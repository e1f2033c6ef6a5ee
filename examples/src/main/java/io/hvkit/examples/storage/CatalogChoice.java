package io.hvkit.examples.storage;

import io.hvkit.examples.console.Demo;
import io.hvkit.testkit.postgres.PrivatePostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The option {@code --catalog sqlite|postgresql}: a demonstration is shown on that one; without it, on both, one after the other. */
public final class CatalogChoice {

    private static final String CATALOG = "--catalog";
    private static final String SQLITE = "sqlite";
    private static final String POSTGRESQL = "postgresql";

    private CatalogChoice() {}

    /** What is shown on a catalog. */
    @FunctionalInterface
    public interface Show {
        /**
         * Shows it.
         *
         * @param work a folder for all that it makes
         * @param platform where the catalog and the master keys are
         * @param catalogFiles where the database keeps its files
         */
        void on(Path work, Platform platform, Path catalogFiles) throws InterruptedException, IOException;
    }

    /** Returns the options of a demonstration that has this one. */
    public static Map<String, String> with(String option, String values) {
        return Map.of(CATALOG, SQLITE + "|" + POSTGRESQL, option, values);
    }

    /** Shows it on each catalog that is wanted. */
    public static void each(Demo demo, Show show) throws InterruptedException, IOException {
        List<String> catalogs = demo.value(CATALOG).map(List::of).orElse(List.of(SQLITE, POSTGRESQL));
        for (String catalog : catalogs) {
            Path work = Files.createDirectories(demo.folder().resolve(catalog));
            Path masterKeys = Files.createDirectories(work.resolve("keys")).resolve("master");
            demo.proofs().begin(catalog);
            if (catalog.equals(SQLITE)) {
                Path files = Files.createDirectories(work.resolve("catalog"));
                show.on(work, Platform.inFile(files.resolve("catalog.db"), masterKeys), files);
            } else {
                try (PrivatePostgres server = PrivatePostgres.start()) {
                    show.on(work, new Platform(server.url(), masterKeys), server.folder());
                }
            }
        }
    }
}
