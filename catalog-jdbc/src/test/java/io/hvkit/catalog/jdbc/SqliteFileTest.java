package io.hvkit.catalog.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.WrappedBytes;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.testkit.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SqliteFileTest {

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("catalog.db");
    }

    private static ZoneRecord insert(JdbcCatalog catalog, String name) throws InterruptedException {
        return catalog.inTransaction(t -> t.zones().insert(ZoneRecord.named(name)));
    }

    private void execute(String... all) throws SQLException {
        try (Connection connection = Sources.sqlite(file).getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : all) {
                boolean unused = statement.execute(sql);
            }
        }
    }

    private DriverException refused() {
        return catchThrowableOfType(DriverException.class, () -> JdbcCatalog.file(file));
    }

    @Test
    void a_new_file_and_all_beside_it_are_the_owners_alone() throws Exception {
        try (JdbcCatalog catalog = JdbcCatalog.file(file)) {
            assertThat(insert(catalog, "z").version()).isEqualTo(1);
            try (Stream<Path> files = Files.list(folder)) {
                List<Path> all = files.toList();
                assertThat(all).hasSize(3); // the log, and its index
                for (Path each : all) {
                    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each)))
                            .as(each.toString())
                            .isEqualTo("rw-------");
                }
            }
        }
    }

    @Test
    void a_file_that_others_may_read_is_refused_and_left_alone() throws Exception {
        Files.writeString(file, "");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThat(refused().failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(refused()).hasMessageContaining("rw-r-----").hasMessageContaining("chmod 600");
        assertThat(file).isEmptyFile();
    }

    @Test
    void a_folder_that_is_missing_is_named() {
        file = folder.resolve("nowhere").resolve("catalog.db");
        assertThat(refused().failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(refused()).hasMessageContaining(file.toString());
    }

    @Test
    void what_is_no_database_is_refused_and_left_alone() throws Exception {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        String text = "precious notes, and no database\n".repeat(100);
        Files.writeString(file, text);
        assertThat(refused().failure()).isEqualTo(Failure.CORRUPT_DATA);
        assertThat(file).hasContent(text);
    }

    @Test
    void what_was_written_by_hand_and_makes_no_sense_names_the_record() throws Exception {
        try (JdbcCatalog catalog = JdbcCatalog.file(file)) {
            KeyRecord key = new KeyRecord(
                    RecordId.random(),
                    0,
                    KeyRecord.State.ACTIVE,
                    "kek",
                    WrappedBytes.NONE,
                    Instant.EPOCH,
                    Optional.empty());
            KeyRecord kept = catalog.inTransaction(t -> t.keys().insert(key));
            execute("UPDATE hvkit_wrapped_keys SET state = 'SHINY'");
            DriverException corrupt = catchThrowableOfType(
                    DriverException.class,
                    () -> catalog.inTransaction(t -> t.keys().find(kept.id())));
            assertThat(corrupt.failure()).isEqualTo(Failure.CORRUPT_DATA);
            assertThat(corrupt.effect()).isEqualTo(Effect.NOT_APPLIED);
            assertThat(corrupt).hasMessageContaining(kept.id().value()).hasMessageContaining("SHINY");
        }
    }

    @Test
    void the_database_itself_refuses_to_lose_what_is_referred_to() throws Exception {
        try (JdbcCatalog catalog = JdbcCatalog.file(file)) {
            ZoneRecord zone = insert(catalog, "z");
            catalog.inTransaction(t -> t.clusters().insert(ClusterRecord.named("c", zone.id(), "kvm")));
            assertThatThrownBy(() -> execute("PRAGMA foreign_keys = ON", "DELETE FROM hvkit_zones"))
                    .isInstanceOf(SQLException.class);
            assertThatThrownBy(() -> execute("INSERT INTO hvkit_zones (id, version, name) VALUES ('x', 1, 'z')"))
                    .isInstanceOf(SQLException.class);
        }
    }

    @Test
    void a_wait_for_another_process_is_interrupted_and_nothing_was_done() throws Exception {
        try (JdbcCatalog catalog = JdbcCatalog.file(file);
                Connection holder = Sources.sqlite(file).getConnection();
                Statement statement = holder.createStatement()) {
            boolean unused = statement.execute("BEGIN IMMEDIATE");
            AtomicReference<Throwable> ended = new AtomicReference<>();
            Thread waiting = new Thread(() -> {
                try {
                    insert(catalog, "late");
                } catch (InterruptedException | DriverException e) {
                    ended.set(e);
                }
            });
            waiting.start();
            Await.until(
                    "the thread waits",
                    Duration.ofSeconds(30),
                    () -> Stream.of(waiting.getStackTrace())
                            .anyMatch(frame -> frame.getMethodName().equals("begin")));
            waiting.interrupt();
            waiting.join();
            assertThat(ended.get()).isInstanceOf(InterruptedException.class);
            boolean rolledBack = statement.execute("ROLLBACK");
            assertThat(rolledBack).isFalse();
            List<ZoneRecord> late = catalog.inTransaction(t -> t.zones().where(ZoneRecord.NAME, "late"));
            assertThat(late).isEmpty();
        }
    }

    @Test
    void a_catalog_closed_within_a_transaction_ends_with_it() throws Exception {
        JdbcCatalog catalog = JdbcCatalog.file(file);
        ZoneRecord zone = catalog.inTransaction(t -> {
            catalog.close();
            return t.zones().insert(ZoneRecord.named("z"));
        });
        assertThat(catchThrowableOfType(DriverException.class, () -> insert(catalog, "y"))
                        .failure())
                .isEqualTo(Failure.INVALID_REQUEST);
        try (JdbcCatalog again = JdbcCatalog.file(file)) {
            Optional<ZoneRecord> found = again.inTransaction(t -> t.zones().find(zone.id()));
            assertThat(found).contains(zone);
        }
    }

    @Test
    void a_data_source_of_sqlite_works_as_the_file_does() throws Exception {
        JdbcCatalog.file(file).close();
        try (JdbcCatalog catalog =
                JdbcCatalog.on(Sources.sqlite(file), JdbcCatalog.USUAL_PREFIX, SchemaMode.VALIDATE)) {
            ZoneRecord zone = insert(catalog, "z");
            DriverException used = catchThrowableOfType(
                    DriverException.class,
                    () -> catalog.inTransaction(t -> {
                        t.clusters().insert(ClusterRecord.named("c", zone.id(), "kvm"));
                        t.zones().delete(zone);
                        return true;
                    }));
            assertThat(used.failure()).isEqualTo(Failure.IN_USE);
        }
    }
}
