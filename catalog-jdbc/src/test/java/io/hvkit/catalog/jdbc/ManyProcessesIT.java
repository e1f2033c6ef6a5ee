package io.hvkit.catalog.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.WrappedBytes;
import io.hvkit.testkit.postgres.PrivatePostgresExtension;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Several processes on one catalog, which work on one object in turn. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ManyProcessesIT {

    @RegisterExtension
    static final PrivatePostgresExtension POSTGRES = PrivatePostgresExtension.perClass();

    private static final int PROCESSES = 2;
    private static final int TIMES = 25;

    @TempDir
    private Path folder;

    @Test
    void processes_on_one_postgresql_lose_nothing_to_each_other() throws Exception {
        countTogether(POSTGRES.postgres().url());
    }

    @Test
    void processes_on_one_file_lose_nothing_to_each_other() throws Exception {
        countTogether(folder.resolve("catalog.db").toString());
    }

    private void countTogether(String place) throws Exception {
        KeyRecord key = new KeyRecord(
                RecordId.random(), 0, KeyRecord.State.ACTIVE, "0", WrappedBytes.NONE, Instant.EPOCH, Optional.empty());
        try (JdbcCatalog catalog = CatalogProgram.open(place)) {
            KeyRecord kept = catalog.inTransaction(t -> t.keys().insert(key));
            List<Process> processes = new ArrayList<>();
            Path errors = folder.resolve("errors");
            try {
                for (int i = 0; i < PROCESSES; i++) {
                    processes.add(CatalogProgram.start(
                            errors, place, "count", key.id().value(), Integer.toString(TIMES)));
                }
                for (Process process : processes) {
                    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                    assertThat(said.strip()).as(Files.readString(errors)).isEqualTo("done " + TIMES);
                    assertThat(process.waitFor()).isZero();
                }
            } finally {
                processes.forEach(Process::destroyForcibly);
            }
            KeyRecord last = catalog.inTransaction(t -> t.keys().require(key.id()));
            assertThat(last.masterKey()).isEqualTo(Integer.toString(PROCESSES * TIMES));
            assertThat(last.version()).isEqualTo(kept.version() + PROCESSES * TIMES);
            List<OperationRecord> open = catalog.inTransaction(t -> t.journal().open());
            assertThat(open).isEmpty();
        }
    }
}
