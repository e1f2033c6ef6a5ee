package io.hvkit.catalog.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.WrappedBytes;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.testkit.postgres.PrivatePostgres;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** A PostgreSQL that goes away and comes back. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PostgresOutageIT {

    private PrivatePostgres postgres;
    private JdbcCatalog catalog;

    @BeforeEach
    void start() throws InterruptedException {
        postgres = PrivatePostgres.start();
        catalog = open();
    }

    @AfterEach
    void end() {
        catalog.close();
        postgres.close();
    }

    private JdbcCatalog open() throws InterruptedException {
        return JdbcCatalog.on(Sources.of(postgres.url()), JdbcCatalog.USUAL_PREFIX, SchemaMode.MIGRATE);
    }

    private ZoneRecord insert(String name) throws InterruptedException {
        return catalog.inTransaction(t -> t.zones().insert(ZoneRecord.named(name)));
    }

    private List<ZoneRecord> named(String name) throws InterruptedException {
        return catalog.inTransaction(t -> t.zones().where(ZoneRecord.NAME, name));
    }

    /** What a test does. */
    private interface Call {
        void make() throws InterruptedException;
    }

    private static void unreachable(Effect effect, Call call) {
        DriverException failure = catchThrowableOfType(DriverException.class, call::make);
        assertThat(failure.failure()).isEqualTo(Failure.UNREACHABLE);
        assertThat(failure.effect()).isEqualTo(effect);
    }

    @Test
    void a_catalog_says_that_it_is_unreachable_and_works_again_by_itself() throws Exception {
        ZoneRecord before = insert("before");
        postgres.stop();

        unreachable(Effect.NOT_APPLIED, () -> insert("meanwhile"));
        unreachable(Effect.NOT_APPLIED, () -> named("before"));
        unreachable(Effect.NOT_APPLIED, this::open);

        postgres.startAgain();
        assertThat(named("before")).containsExactly(before);
        assertThat(named("meanwhile")).isEmpty();
        assertThat(insert("after").version()).isEqualTo(1);
    }

    @Test
    void work_that_loses_the_server_keeps_nothing_whatever_it_makes_of_that() throws Exception {
        unreachable(
                Effect.NOT_APPLIED,
                () -> catalog.inTransaction(t -> {
                    ZoneRecord zone = t.zones().insert(ZoneRecord.named("half"));
                    postgres.kill();
                    try {
                        return t.zones().insert(ZoneRecord.named("other half"));
                    } catch (DriverException e) {
                        return zone; // as if all were well
                    }
                }));
        postgres.startAgain();
        assertThat(named("half")).isEmpty();
    }

    @Test
    void a_commit_without_an_answer_may_have_been_kept_and_a_look_tells() throws Exception {
        unreachable(
                Effect.UNKNOWN,
                () -> catalog.inTransaction(t -> {
                    ZoneRecord zone = t.zones().insert(ZoneRecord.named("doubtful"));
                    postgres.kill();
                    return zone;
                }));
        postgres.startAgain();
        assertThat(named("doubtful")).isEmpty(); // killed before it was asked to commit
        assertThat(insert("doubtful").version()).isEqualTo(1);
    }

    @Test
    void what_was_acknowledged_outlives_a_loss_of_power() throws Exception {
        for (int i = 0; i < 20; i++) {
            insert("zone-" + i);
        }
        postgres.kill();
        postgres.startAgain();
        for (int i = 0; i < 20; i++) {
            assertThat(named("zone-" + i)).hasSize(1);
        }
    }

    @Test
    void wrapped_bytes_reach_the_table_alone_and_no_log_or_message() throws Exception {
        byte[] canary = ("canary-" + UUID.randomUUID()).getBytes(StandardCharsets.UTF_8);
        KeyRecord key = new KeyRecord(
                RecordId.random(),
                0,
                KeyRecord.State.ACTIVE,
                "kek",
                WrappedBytes.of(canary),
                Instant.EPOCH,
                Optional.empty());
        KeyRecord kept = catalog.inTransaction(t -> t.keys().insert(key));
        assertThat(kept.wrapped().bytes()).isEqualTo(canary);
        for (Call call : List.<Call>of(
                () -> catalog.inTransaction(t -> t.keys().insert(key)),
                () -> catalog.inTransaction(t -> t.keys().update(kept.withVersion(9))),
                () -> catalog.inTransaction(t -> t.keys().update(kept.retired(Instant.MAX))))) {
            DriverException failure = catchThrowableOfType(DriverException.class, call::make);
            assertThat(failure).isNotNull();
            assertThat(failure.getMessage())
                    .doesNotContain(new String(canary, StandardCharsets.UTF_8))
                    .doesNotContain(HexFormat.of().formatHex(canary));
        }
        String log = Files.readString(postgres.folder().resolve("postgres.log"));
        assertThat(log)
                .isNotEmpty()
                .doesNotContain(new String(canary, StandardCharsets.UTF_8))
                .doesNotContain(HexFormat.of().formatHex(canary));
    }
}
