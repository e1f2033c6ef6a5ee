package io.hvkit.testkit.catalog;

import io.hvkit.catalog.spi.Catalog;
import org.junit.jupiter.api.Nested;

/** The catalog in memory keeps the contracts, alone and with another one on its store, and even where it runs all work twice. */
class InMemoryCatalogContractsTest {

    private final InMemoryCatalog first = InMemoryCatalog.empty();

    private final CatalogUnderTest shared = new Judged(first);
    private final CatalogUnderTest rerunning = new Judged(first.rerunning());

    private record Judged(InMemoryCatalog store) implements CatalogUnderTest {
        @Override
        public String type() {
            return "in-memory";
        }

        @Override
        public Catalog open() {
            return store.another();
        }
    }

    @Nested
    class Transactions extends CatalogContract {
        @Override
        protected CatalogUnderTest underTest() {
            return shared;
        }
    }

    @Nested
    class OneThatHasItsStoreAlone extends CatalogContract {
        @Override
        protected CatalogUnderTest underTest() {
            return new CatalogUnderTest() {
                @Override
                public String type() {
                    return "in-memory";
                }

                @Override
                public Catalog open() {
                    return first.another();
                }

                @Override
                public Sharing sharing() {
                    return Sharing.EXCLUSIVE;
                }
            };
        }
    }

    @Nested
    class Records extends CatalogRecordsContract {
        @Override
        protected CatalogUnderTest underTest() {
            return shared;
        }
    }

    @Nested
    class References extends CatalogReferencesContract {
        @Override
        protected CatalogUnderTest underTest() {
            return shared;
        }
    }

    @Nested
    class RoundTrips extends CatalogRoundTripContract {
        @Override
        protected CatalogUnderTest underTest() {
            return rerunning;
        }
    }

    @Nested
    class Operations extends CatalogJournalContract {
        @Override
        protected CatalogUnderTest underTest() {
            return shared;
        }
    }

    @Nested
    class Leases extends CatalogLeaseContract {
        @Override
        protected CatalogUnderTest underTest() {
            return shared;
        }
    }
}
