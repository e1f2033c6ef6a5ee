package io.hvkit.catalog.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.testkit.postgres.PrivatePostgresExtension;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What is in a catalog whose process is killed in mid work: all that it said it had kept, and nothing by half. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class KilledCatalogIT {

    @RegisterExtension
    static final PrivatePostgresExtension POSTGRES = PrivatePostgresExtension.perClass();

    private static final int ROUNDS = 4;

    @TempDir
    private Path folder;

    @Test
    void a_file_has_every_acknowledged_transaction_whole() throws Exception {
        survives(folder.resolve("catalog.db").toString());
    }

    @Test
    void postgresql_has_every_acknowledged_transaction_whole() throws Exception {
        survives(POSTGRES.postgres().url());
    }

    private void survives(String place) throws Exception {
        Set<String> acknowledged = new HashSet<>();
        for (int round = 0; round < ROUNDS; round++) {
            acknowledged.addAll(killedAfter(5 + 23 * round, place, "round" + round));
            Set<String> left = new HashSet<>();
            Set<String> right = new HashSet<>();
            try (JdbcCatalog catalog = CatalogProgram.open(place)) {
                for (ZoneRecord zone : all(catalog)) {
                    boolean unused = zone.name().startsWith("left-")
                            ? left.add(zone.name().substring(5))
                            : right.add(zone.name().substring(6));
                }
            }
            assertThat(left).isEqualTo(right).containsAll(acknowledged);
            // At most the one that was under way when it was killed is kept without a word.
            assertThat(left.size()).isBetween(acknowledged.size(), acknowledged.size() + round + 1);
        }
    }

    private static List<ZoneRecord> all(JdbcCatalog catalog) throws InterruptedException {
        return catalog.inTransaction(t -> {
            List<ZoneRecord> found = new ArrayList<>(t.zones().page(Optional.empty(), Table.LONGEST_PAGE));
            for (int size = 0; size < found.size(); ) {
                size = found.size();
                found.addAll(t.zones().page(Optional.of(found.get(size - 1).id()), Table.LONGEST_PAGE));
            }
            return found;
        });
    }

    /** Returns what the program acknowledged, to the last word that it brought out. */
    private List<String> killedAfter(int lines, String place, String word) throws IOException, InterruptedException {
        Path errors = folder.resolve("errors");
        Process process = CatalogProgram.start(errors, place, "pairs", word);
        List<String> said = new ArrayList<>();
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (int i = 0; i < lines; i++) {
                String line = reader.readLine();
                assertThat(line).as(Files.readString(errors)).isNotNull();
                said.add(line);
            }
            boolean unused =
                    process.toHandle().destroyForcibly(); // unlike the process itself it leaves the reader open
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.startsWith(word + "-")) {
                    said.add(line);
                }
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
        return said;
    }
}
