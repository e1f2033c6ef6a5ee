package io.hvkit.catalog.jdbc.internal;

import io.hvkit.catalog.jdbc.Sources;
import java.nio.file.Path;
import javax.sql.DataSource;
import org.junit.jupiter.api.io.TempDir;

class SqliteMigrationTest extends MigrationCases {

    @TempDir
    private Path folder;

    @Override
    DataSource source() {
        return Sources.sqlite(folder.resolve("catalog.db"));
    }
}
