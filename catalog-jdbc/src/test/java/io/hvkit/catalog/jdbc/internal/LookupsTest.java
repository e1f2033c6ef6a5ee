package io.hvkit.catalog.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LookupsTest {

    @TempDir
    private Path directory;

    @Test
    void no_field_is_looked_up_by_reading_the_whole_table() throws Exception {
        Path file = directory.resolve("catalog.db");
        JdbcCatalog.file(file).close();
        int seen = 0;
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            for (Mapping<?> mapping : Mappings.ALL) {
                for (List<String> columns : mapping.lookups()) {
                    assertThat(plan(connection, mapping.table(), String.join(" = 'x' AND ", columns) + " = 'x'"))
                            .as("%s by %s", mapping.table(), columns)
                            .containsPattern("USING (COVERING )?INDEX");
                    seen++;
                }
            }
        }
        assertThat(seen).isGreaterThan(30);
    }

    /** Most pools have no host, so that an index by host alone would be of no use. */
    @Test
    void pools_are_looked_up_by_all_of_their_reach_at_once() throws Exception {
        Path file = directory.resolve("catalog.db");
        JdbcCatalog.file(file).close();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            for (String reach : List.of(
                    "zone = 'x' AND cluster IS NULL AND host IS NULL",
                    "zone = 'x' AND cluster = 'y' AND host IS NULL",
                    "zone = 'x' AND cluster = 'y' AND host = 'z'")) {
                assertThat(plan(connection, "pools", reach)).as(reach).contains("pools_reach_ix");
            }
        }
    }

    private static String plan(Connection connection, String table, String conditions) throws SQLException {
        StringBuilder plan = new StringBuilder();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("EXPLAIN QUERY PLAN SELECT * FROM " + JdbcCatalog.USUAL_PREFIX
                        + table + " WHERE " + conditions + " ORDER BY id")) {
            while (rows.next()) {
                plan.append(rows.getString("detail")).append('\n');
            }
        }
        return plan.toString();
    }
}
