package io.hvkit.benchmarks;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** Pools in the catalog of a file: one zone, and ten pools for each of its clusters. */
final class Fleet {

    /** Who reaches the first ten pools. */
    static final Reach FIRST = reach(0);

    private static final RecordId<ZoneRecord> ZONE = new RecordId<>("z");
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final int TOGETHER = 10;
    private static final int AT_ONCE = 5_000;

    private Fleet() {}

    /** Returns who reaches a pool. */
    static Reach reach(int pool) {
        return new Reach(new RecordId<>("z"), Optional.of(new RecordId<>("c" + pool / TOGETHER)), Optional.empty());
    }

    /** Makes the catalog. */
    static void write(Path file, int pools) throws InterruptedException {
        try (JdbcCatalog catalog = JdbcCatalog.file(file)) {
            ZoneRecord zone = catalog.inTransaction(t -> t.zones().insert(new ZoneRecord(ZONE, 0, "zone")));
            for (int first = 0; first < pools; first += AT_ONCE) {
                int from = first;
                int unused = catalog.inTransaction(t -> {
                    for (int i = from; i < Math.min(pools, from + AT_ONCE); i++) {
                        insert(t, zone, i);
                    }
                    return from;
                });
            }
        }
    }

    private static void insert(Transaction transaction, ZoneRecord zone, int number) {
        if (number % TOGETHER == 0) {
            String cluster = "c" + number / TOGETHER;
            ClusterRecord unused = transaction
                    .clusters()
                    .insert(new ClusterRecord(
                            new RecordId<>(cluster),
                            0,
                            zone.id(),
                            cluster,
                            InMemoryHypervisorDriver.TYPE.id(),
                            ClusterRecord.Policy.ENABLED));
        }
        PoolRecord unused = transaction
                .pools()
                .insert(PoolRecord.named(
                        "pool-" + number, reach(number), InMemoryStorageDriver.TYPE.id(), Facts.NONE, NOW));
    }
}
