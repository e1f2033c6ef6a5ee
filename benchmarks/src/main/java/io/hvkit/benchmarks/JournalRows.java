package io.hvkit.benchmarks;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.Lease;
import io.hvkit.catalog.spi.NewOperation;
import io.hvkit.catalog.spi.OperationRecord;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;

/** What it costs to note a step durably, and to find all that is open when a process begins again. */
final class JournalRows implements Row {

    private static final Duration LEASE = Duration.ofHours(1);
    private static final int STEPS = 20;

    @Override
    public List<String> names() {
        return List.of("journal-append", "journal-recovery");
    }

    @Override
    public void measure(Bench bench) throws Exception {
        Path file = bench.file("catalog.db");
        Path log = bench.file("log");
        try (JdbcCatalog catalog = JdbcCatalog.file(file)) {
            for (int i = 0; i < bench.scale().operations(); i++) {
                begin(catalog, i);
            }
            Lease lease = begin(catalog, bench.scale().operations());
            OperationRecord.Step step =
                    new OperationRecord.Step("copy", OperationRecord.Step.Progress.DONE, Facts.of("bytes", 1234));
            bench.row(
                    "journal-append",
                    Ways.of(() -> Way.timed(() -> {
                                        for (int i = 0; i < STEPS; i++) {
                                            catalog.inTransaction(t -> {
                                                t.journal().write(lease, step);
                                                return step;
                                            });
                                        }
                                    })
                                    / STEPS)
                            .limit(() -> Way.timed(() -> append(log)) / STEPS));
        }
        bench.row(
                "journal-recovery",
                Ways.of(() -> Way.timed(() -> {
                    try (JdbcCatalog catalog = JdbcCatalog.file(file)) {
                        int open = catalog.inTransaction(t -> t.journal().open().size());
                        ImageRows.require(open == bench.scale().operations() + 1);
                    }
                })));
        Content.remove(file, log, bench.file("catalog.db-wal"), bench.file("catalog.db-shm"));
    }

    private static Lease begin(JdbcCatalog catalog, int number) throws InterruptedException {
        NewOperation operation = new NewOperation(
                "volume.create",
                "key-" + number,
                Facts.of("name", "v" + number),
                new TreeSet<>(List.of("volume:" + number)));
        return catalog.inTransaction(t -> {
            OperationRecord begun = t.journal().begin(operation, "bench", LEASE);
            return t.journal().take(begun.id(), "bench", LEASE);
        });
    }

    /** What the disk takes: a line and a flush, each time. */
    private static void append(Path log) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
            for (int i = 0; i < STEPS; i++) {
                file.seek(file.length());
                file.write(new byte[200]);
                file.getChannel().force(false);
            }
        }
    }
}
