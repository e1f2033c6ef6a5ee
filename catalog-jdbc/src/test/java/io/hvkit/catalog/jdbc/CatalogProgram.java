package io.hvkit.catalog.jdbc;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.NewOperation;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;

/** What uses a catalog in a process of its own: the arguments are a file or a JDBC address, the work, and a word. */
public final class CatalogProgram {

    private CatalogProgram() {}

    /** Starts it; what it prints can be read from the process. */
    static Process start(Path errors, String... arguments) throws IOException {
        List<String> argv = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                CatalogProgram.class.getName()));
        argv.addAll(List.of(arguments));
        return new ProcessBuilder(argv)
                .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()))
                .start();
    }

    static JdbcCatalog open(String place) throws InterruptedException {
        return place.startsWith("jdbc:")
                ? JdbcCatalog.on(Sources.of(place), JdbcCatalog.USUAL_PREFIX, SchemaMode.MIGRATE)
                : JdbcCatalog.file(Path.of(place));
    }

    /** Runs one of the works. */
    public static void main(String[] arguments) throws InterruptedException {
        try (JdbcCatalog catalog = open(arguments[0])) {
            switch (arguments[1]) {
                case "pairs" -> keepPairs(catalog, arguments[2]);
                case "count" -> count(catalog, new RecordId<>(arguments[2]), Integer.parseInt(arguments[3]));
                default -> throw new IllegalArgumentException(arguments[1]);
            }
        }
    }

    /** Keeps two zones in each transaction and says so, until it is killed. */
    private static void keepPairs(JdbcCatalog catalog, String word) throws InterruptedException {
        for (int i = 0; ; i++) {
            String number = word + "-" + i;
            ZoneRecord unused = catalog.inTransaction(t -> {
                ZoneRecord left = t.zones().insert(ZoneRecord.named("left-" + number));
                ZoneRecord right = t.zones().insert(ZoneRecord.named("right-" + number));
                return left.version() == right.version() ? left : right;
            });
            System.out.println(number);
            System.out.flush();
        }
    }

    /** Counts a record up, each time within an operation on an object that others work on too. */
    private static void count(JdbcCatalog catalog, RecordId<KeyRecord> id, int times) throws InterruptedException {
        String holder = UUID.randomUUID().toString();
        int done = 0;
        while (done < times) {
            NewOperation asked = new NewOperation(
                    "count", UUID.randomUUID().toString(), Facts.NONE, new TreeSet<>(List.of("key:" + id)));
            try {
                OperationRecord begun =
                        catalog.inTransaction(t -> t.journal().begin(asked, holder, Duration.ofHours(1)));
                // Two transactions on purpose: what keeps the others out in between is the journal.
                KeyRecord key = catalog.inTransaction(t -> t.keys().require(id));
                String next = Integer.toString(Integer.parseInt(key.masterKey()) + 1);
                KeyRecord unused = catalog.inTransaction(t -> {
                    t.journal()
                            .end(
                                    begun.lease().orElseThrow(),
                                    OperationRecord.State.SUCCEEDED,
                                    new OperationRecord.Outcome(Facts.NONE, Optional.empty(), List.of()));
                    return t.keys().update(key.rewrapped(next, key.wrapped()));
                });
                done++;
            } catch (DriverException e) {
                if (e.failure() != Failure.OPERATION_PENDING) {
                    throw e;
                }
            }
        }
        System.out.println("done " + done);
    }
}
