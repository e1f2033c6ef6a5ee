package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.engine.internal.operation.Outside.Mishap;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/** A process of its own that begins an operation, or recovers it, and kills itself at a given moment. */
final class DoomedProcess {

    /** What it ends with when it kills itself. */
    static final int KILLED = 77;

    private DoomedProcess() {}

    /** Arguments: the folder, begin or recover, the moment of death, a call that is refused. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        boolean begins = arguments[1].equals("begin");
        Fuse fuse = Fuse.haltingAt(Integer.parseInt(arguments[2]));
        Outside outside = Outside.in(folder.resolve("things"));
        outside.plant(arguments[3], Mishap.REFUSED);
        Replacement replacement = new Replacement(outside.with(fuse::burn), Replacement.Looking.WITH_A_LOOK);
        try (Catalog catalog = fuse.around(catalog(folder, begins ? Duration.ZERO : Duration.ofDays(1)));
                Operations operations =
                        new Operations(catalog, List.of(replacement), EngineOfTests.terms(), InstantSource.system())) {
            if (begins) {
                operations.begin(replacement, "a", "k").await(EngineOfTests.LONG);
            } else {
                operations.recover();
            }
        }
    }

    /** Returns the catalog in a folder, with a clock that is ahead so far. */
    static Catalog catalog(Path folder, Duration ahead) {
        return new FileCatalog(folder.resolve("catalog"), () -> Instant.now().plus(ahead));
    }
}
