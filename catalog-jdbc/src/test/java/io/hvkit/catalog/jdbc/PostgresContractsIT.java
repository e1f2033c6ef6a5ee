package io.hvkit.catalog.jdbc;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.testkit.catalog.CatalogContract;
import io.hvkit.testkit.catalog.CatalogJournalContract;
import io.hvkit.testkit.catalog.CatalogLeaseContract;
import io.hvkit.testkit.catalog.CatalogRecordsContract;
import io.hvkit.testkit.catalog.CatalogReferencesContract;
import io.hvkit.testkit.catalog.CatalogRoundTripContract;
import io.hvkit.testkit.catalog.CatalogUnderTest;
import io.hvkit.testkit.postgres.PrivatePostgresExtension;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Catalogs on one PostgreSQL keep the contracts together. */
@Tag("every-java")
class PostgresContractsIT {

    @RegisterExtension
    static final PrivatePostgresExtension POSTGRES = PrivatePostgresExtension.perClass();

    private static final CatalogUnderTest DATABASE = new CatalogUnderTest() {
        @Override
        public String type() {
            return "postgresql";
        }

        @Override
        public Catalog open() throws InterruptedException {
            return JdbcCatalog.on(Sources.of(POSTGRES.postgres().url()), JdbcCatalog.USUAL_PREFIX, SchemaMode.MIGRATE);
        }
    };

    @Nested
    class Transactions extends CatalogContract {
        @Override
        protected CatalogUnderTest underTest() {
            return DATABASE;
        }
    }

    @Nested
    class Records extends CatalogRecordsContract {
        @Override
        protected CatalogUnderTest underTest() {
            return DATABASE;
        }
    }

    @Nested
    class References extends CatalogReferencesContract {
        @Override
        protected CatalogUnderTest underTest() {
            return DATABASE;
        }
    }

    @Nested
    class RoundTrips extends CatalogRoundTripContract {
        @Override
        protected CatalogUnderTest underTest() {
            return DATABASE;
        }
    }

    @Nested
    class Operations extends CatalogJournalContract {
        @Override
        protected CatalogUnderTest underTest() {
            return DATABASE;
        }
    }

    @Nested
    class Leases extends CatalogLeaseContract {
        @Override
        protected CatalogUnderTest underTest() {
            return DATABASE;
        }
    }
}
