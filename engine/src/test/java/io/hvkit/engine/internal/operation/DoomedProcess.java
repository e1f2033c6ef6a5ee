package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.engine.internal.operation.Outside.Mishap;
import io.hvkit.testkit.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** A process of its own that begins an operation, or recovers it, and kills itself at a given moment. */
final class DoomedProcess {

    /** What it ends with when it kills itself. */
    static final int KILLED = Fuse.KILLED;

    private static final Duration LEASE = Duration.ofSeconds(1);

    private DoomedProcess() {}

    /** Arguments: the folder, begin or recover, the moment of death, a call that is refused. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        Fuse fuse = Fuse.haltingAt(Integer.parseInt(arguments[2]));
        Outside outside = Outside.in(folder.resolve("things"));
        outside.plant(arguments[3], Mishap.REFUSED);
        Replacement replacement = new Replacement(outside.with(fuse::burn), Replacement.Looking.WITH_A_LOOK);
        try (Catalog catalog = fuse.around(catalog(folder));
                Operations operations = new Operations(
                        catalog, List.of(replacement), EngineOfTests.terms().leasing(LEASE), InstantSource.system())) {
            if (arguments[1].equals("begin")) {
                operations.begin(replacement, "a", "k").await(EngineOfTests.LONG);
            } else {
                Await.until(
                        "nothing is open",
                        EngineOfTests.LONG,
                        () -> { // the lease of the dead must be over first
                            operations.recover();
                            return catalog.inTransaction(
                                    transaction -> transaction.journal().open().isEmpty());
                        });
            }
        }
    }

    static Catalog catalog(Path folder) throws InterruptedException {
        return JdbcCatalog.file(folder.resolve("catalog.db"));
    }
}
