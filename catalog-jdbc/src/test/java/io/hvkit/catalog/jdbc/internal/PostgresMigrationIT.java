package io.hvkit.catalog.jdbc.internal;

import io.hvkit.catalog.jdbc.Sources;
import io.hvkit.testkit.postgres.PrivatePostgresExtension;
import javax.sql.DataSource;
import org.junit.jupiter.api.extension.RegisterExtension;

class PostgresMigrationIT extends MigrationCases {

    @RegisterExtension
    static final PrivatePostgresExtension POSTGRES = PrivatePostgresExtension.perClass();

    @Override
    DataSource source() {
        return Sources.of(POSTGRES.postgres().url());
    }
}
