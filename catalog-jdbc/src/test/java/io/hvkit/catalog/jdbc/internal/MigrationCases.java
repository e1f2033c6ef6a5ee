package io.hvkit.catalog.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.jdbc.SchemaMode;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.MachineDiskRecord;
import io.hvkit.catalog.spi.NewOperation;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.VolumeRecord.Place;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** How tables come to their version, on every database alike. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
abstract class MigrationCases {

    private static final List<String> NAMES = List.of("V001__one", "V002__two", "V003__three");
    private static final List<String> TEXTS = List.of("""
            CREATE TABLE ${prefix}schema_version (version INTEGER NOT NULL PRIMARY KEY, script VARCHAR(99) NOT NULL);
            CREATE TABLE ${prefix}things (name VARCHAR(99) NOT NULL);
            """, """
            ALTER TABLE ${prefix}things ADD COLUMN size INTEGER;
            UPDATE ${prefix}things SET size = 7;
            """, """
            CREATE TABLE ${prefix}others (name VARCHAR(99));
            INSERT INTO ${prefix}others SELECT name FROM ${prefix}things;
            """);

    private final TablePrefix prefix =
            new TablePrefix("t" + UUID.randomUUID().toString().replace("-", "").substring(0, 12) + "_");

    abstract DataSource source();

    private SqlCatalog catalog() {
        return new SqlCatalog(Connections.of(source()), prefix);
    }

    private Migration migration(SqlCatalog catalog, List<String> texts) throws InterruptedException {
        return new Migration(catalog.dialect(), prefix, NAMES.subList(0, texts.size()), texts);
    }

    private void migrate(List<String> texts) throws InterruptedException {
        try (SqlCatalog catalog = catalog()) {
            catalog.maintain(migration(catalog, texts)::migrate);
        }
    }

    private JdbcCatalog open(SchemaMode mode) throws InterruptedException {
        return JdbcCatalog.on(source(), prefix.value(), mode);
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = source().getConnection();
                Statement statement = connection.createStatement()) {
            boolean unused = statement.execute(sql.replace("${prefix}", prefix.value()));
        }
    }

    private List<String> list(String sql) throws InterruptedException {
        List<String> found = new ArrayList<>();
        try (SqlCatalog catalog = catalog()) {
            catalog.maintain(session -> {
                found.addAll(session.query(prefix.in(sql), List.of(), row -> row.text("v")));
                return false;
            });
        }
        return found;
    }

    @Test
    void versions_follow_one_another_and_keep_what_is_there() throws Exception {
        migrate(TEXTS.subList(0, 1));
        execute("INSERT INTO ${prefix}things VALUES ('old')");

        migrate(TEXTS);
        migrate(TEXTS);

        assertThat(list("SELECT size AS v FROM ${prefix}things")).containsExactly("7");
        assertThat(list("SELECT name AS v FROM ${prefix}others")).containsExactly("old");
        assertThat(list("SELECT script AS v FROM ${prefix}schema_version ORDER BY version"))
                .isEqualTo(NAMES);
    }

    @Test
    void a_script_that_breaks_off_has_done_nothing_and_is_run_again_later() throws Exception {
        migrate(TEXTS.subList(0, 1));
        execute("INSERT INTO ${prefix}things VALUES ('old')");
        List<String> broken = List.of(TEXTS.get(0), TEXTS.get(1) + "INSERT INTO ${prefix}nowhere VALUES (1);\n");

        assertThatExceptionOfType(DriverException.class).isThrownBy(() -> migrate(broken));
        assertThat(list("SELECT MAX(version) AS v FROM ${prefix}schema_version"))
                .containsExactly("1");
        migrate(TEXTS);

        assertThat(list("SELECT size AS v FROM ${prefix}things")).containsExactly("7");
    }

    @Test
    void of_many_that_migrate_at_once_each_finds_it_done_once() throws Exception {
        int count = 6;
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            List<Future<String>> all = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                all.add(threads.submit(() -> {
                    try (JdbcCatalog catalog = open(SchemaMode.MIGRATE)) {
                        return catalog.inTransaction(t -> t.zones()
                                .insert(ZoneRecord.named("z" + UUID.randomUUID()))
                                .name());
                    }
                }));
            }
            for (Future<String> each : all) {
                assertThat(each.get()).startsWith("z");
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(list("SELECT version AS v FROM ${prefix}schema_version ORDER BY version"))
                .containsExactly("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13");
        assertThat(list("SELECT id AS v FROM ${prefix}zones")).hasSize(count);
    }

    @Test
    void tables_of_a_newer_version_are_refused_in_every_mode_and_left_alone() throws Exception {
        open(SchemaMode.MIGRATE).close();
        execute("INSERT INTO ${prefix}schema_version (version, script) VALUES (99, 'V099__later')");
        for (SchemaMode mode : SchemaMode.values()) {
            DriverException refused = catchThrowableOfType(DriverException.class, () -> open(mode));
            assertThat(refused.failure()).isEqualTo(Failure.UNSUPPORTED);
            assertThat(refused).hasMessageContaining("99").hasMessageContaining(prefix.value());
        }
    }

    @Test
    void volumes_of_the_first_version_keep_all_they_have_and_are_the_first_copies_in_their_pools() throws Exception {
        String product;
        try (Connection connection = source().getConnection()) {
            product = connection.getMetaData().getDatabaseProductName();
        }
        runByHand(JdbcCatalog.scripts(product, prefix.value()).get(0));
        execute("INSERT INTO ${prefix}zones (id, version, name) VALUES ('z', 1, 'z')");
        execute("INSERT INTO ${prefix}pools (id, version, zone, name, type, options, standing, seen_state, seen_at)"
                + " VALUES ('p', 1, 'z', 'p', 'directory', '{}', 'ENABLED', 'UP', 0)");
        execute("INSERT INTO ${prefix}volumes (id, version, name, state, pool, format, external_driver, external_kind,"
                + " external_value, external_at, size_bytes, second_role, second_pool, second_format, created_at) VALUES"
                + " ('v', 3, 'data', 'MOVING', 'p', 'RAW', 'directory', 'volume', 'hvkit-1', 0, 512, 'INCOMING', 'p',"
                + " 'QCOW2', 0)");
        execute("INSERT INTO ${prefix}templates (id, version, name, pool, format, size_bytes, created_at)"
                + " VALUES ('t', 1, 'debian', 'p', 'QCOW2', 512, 0)");
        assertInvalid("V002__copies");
        assertInvalid("V003__homes_and_credentials");
        assertInvalid("V004__settings_and_usage");
        assertInvalid("V006__chains");
        assertInvalid("V008__pool_clusters");
        assertInvalid("V009__snapshot_usage");
        assertInvalid("V010__reach");
        assertInvalid("V011__snapshot_policies");
        assertInvalid("V012__consistency");
        assertInvalid("V013__overlays");

        try (JdbcCatalog catalog = open(SchemaMode.MIGRATE)) {
            VolumeRecord volume = catalog.inTransaction(t -> t.volumes().require(new RecordId<>("v")));

            ExternalId known = new ExternalId("directory", "volume", "hvkit-1", Instant.EPOCH);
            Place first = Place.first(new RecordId<>("p"), ImageFormat.RAW);
            assertThat(volume.version()).isEqualTo(3);
            PoolRecord pool = catalog.inTransaction(t -> t.pools().require(new RecordId<>("p")));
            assertThat(pool.identity()).isEmpty();
            assertThat(pool.membership()).isEmpty();
            assertThat(volume.place()).isEqualTo(first.seen(ImageFormat.RAW, known, Optional.empty()));
            assertThat(volume.second().orElseThrow().place())
                    .isEqualTo(Place.first(new RecordId<>("p"), ImageFormat.QCOW2));
            assertThat(catalog.inTransaction(t -> t.templates().require(new RecordId<>("t")))
                            .content())
                    .isEqualTo(new TemplateRecord.Content(
                            ImageFormat.QCOW2, Optional.empty(), Optional.of(ByteSize.bytes(512))));
            TemplateCopyRecord copy =
                    catalog.inTransaction(t -> t.templateCopies().require(new RecordId<>("t")));
            assertThat(copy.place()).isEqualTo(Place.first(new RecordId<>("p"), ImageFormat.QCOW2));
            assertThat(copy.zone()).isEqualTo(new RecordId<>("z"));
            assertThat(copy.template()).isEqualTo(new RecordId<>("t"));
            VolumeRecord later = catalog.inTransaction(
                    t -> t.volumes().update(volume.at(volume.place().ofCopy(1).broughtTo(first.pool()))));
            VolumeRecord found = catalog.inTransaction(t -> t.volumes().require(volume.id()));
            assertThat(found).isEqualTo(later);
            execute(
                    "INSERT INTO ${prefix}machines (id, version, name, state, zone, cpus, memory_bytes, devices, created_at)"
                            + " VALUES ('m', 1, 'web', 'STOPPED', 'z', 1, 1048576, '{}', 0)");
            execute("INSERT INTO ${prefix}machine_disks (id, version, machine, volume, position)"
                    + " VALUES ('d', 1, 'm', 'v', 0)"); // as a row that was there before
            MachineDiskRecord disk = catalog.inTransaction(t -> t.machineDisks().require(new RecordId<>("d")));
            assertThat(disk.overlays()).isEmpty();
        }
        open(SchemaMode.VALIDATE).close();
    }

    private void runByHand(String script) throws SQLException {
        for (String statement : script.split(";\n", -1)) {
            if (!statement.isBlank()) {
                execute(statement);
            }
        }
    }

    @Test
    void what_is_missing_is_named() throws Exception {
        assertInvalid("V001__tables");
        open(SchemaMode.MIGRATE).close();
        open(SchemaMode.VALIDATE).close();
        execute("DROP TABLE ${prefix}attachments");
        execute("ALTER TABLE ${prefix}hosts RENAME COLUMN dedicated_to TO kept_for");
        assertInvalid("the table " + prefix.value() + "attachments");
        assertInvalid("the column " + prefix.value() + "hosts.dedicated_to");
    }

    private void assertInvalid(String named) {
        DriverException refused = catchThrowableOfType(DriverException.class, () -> open(SchemaMode.VALIDATE));
        assertThat(refused.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(refused).hasMessageContaining(named);
    }

    @Test
    void the_scripts_can_be_run_by_hand() throws Exception {
        String product;
        try (Connection connection = source().getConnection()) {
            product = connection.getMetaData().getDatabaseProductName();
        }
        for (String script : JdbcCatalog.scripts(product, prefix.value())) {
            runByHand(script);
        }
        open(SchemaMode.VALIDATE).close();
        try (JdbcCatalog catalog = open(SchemaMode.NONE)) {
            NewOperation asked = new NewOperation("k", "key", Facts.NONE, new TreeSet<>(List.of("o")));
            assertThat(catalog.inTransaction(t -> t.journal().begin(asked, "h", Duration.ofHours(1)))
                            .fence())
                    .isEqualTo(1);
        }
    }

    @Test
    void without_tables_and_without_a_look_the_first_use_says_so() throws Exception {
        try (JdbcCatalog catalog = open(SchemaMode.NONE)) {
            assertThatExceptionOfType(DriverException.class)
                    .isThrownBy(() -> catalog.inTransaction(t -> t.zones().where(ZoneRecord.NAME, "z")))
                    .withMessageContaining(prefix.value());
        }
    }

    @Test
    void a_prefix_of_another_form_is_refused() {
        for (String odd : List.of("", "1a", "A_", "a-b", "a\"b", "x".repeat(31), "tür_", "a;drop table x;")) {
            DriverException refused = catchThrowableOfType(
                    DriverException.class, () -> JdbcCatalog.on(source(), odd, SchemaMode.MIGRATE));
            assertThat(refused.failure()).isEqualTo(Failure.INVALID_REQUEST);
            assertThat(refused)
                    .hasMessageContaining(odd.toLowerCase(Locale.ROOT).equals(odd) ? odd : "prefix");
        }
    }
}
