package io.hvkit.catalog.jdbc;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.testkit.catalog.CatalogContract;
import io.hvkit.testkit.catalog.CatalogJournalContract;
import io.hvkit.testkit.catalog.CatalogLeaseContract;
import io.hvkit.testkit.catalog.CatalogRecordsContract;
import io.hvkit.testkit.catalog.CatalogReferencesContract;
import io.hvkit.testkit.catalog.CatalogRoundTripContract;
import io.hvkit.testkit.catalog.CatalogUnderTest;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** Catalogs in one file keep the contracts, each with its own connection, as those of several processes do. */
class SqliteContractsTest {

    @TempDir
    private Path folder;

    private final CatalogUnderTest file = new CatalogUnderTest() {
        @Override
        public String type() {
            return "sqlite";
        }

        @Override
        public Catalog open() throws InterruptedException {
            return JdbcCatalog.file(folder.resolve("catalog with ? # %41 & 'ü'.db"));
        }
    };

    @Nested
    class Transactions extends CatalogContract {
        @Override
        protected CatalogUnderTest underTest() {
            return file;
        }
    }

    @Nested
    class Records extends CatalogRecordsContract {
        @Override
        protected CatalogUnderTest underTest() {
            return file;
        }
    }

    @Nested
    class References extends CatalogReferencesContract {
        @Override
        protected CatalogUnderTest underTest() {
            return file;
        }
    }

    @Nested
    class RoundTrips extends CatalogRoundTripContract {
        @Override
        protected CatalogUnderTest underTest() {
            return file;
        }
    }

    @Nested
    class Operations extends CatalogJournalContract {
        @Override
        protected CatalogUnderTest underTest() {
            return file;
        }
    }

    @Nested
    class Leases extends CatalogLeaseContract {
        @Override
        protected CatalogUnderTest underTest() {
            return file;
        }
    }
}
