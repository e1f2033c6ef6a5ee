package io.hvkit.testkit.catalog;

import io.hvkit.catalog.spi.Catalog;

/** What a contract judges: a store that nothing else uses meanwhile, and the catalogs on it. What a case kept there stays. */
public interface CatalogUnderTest {

    /** Returns what it is, for the report. */
    String type();

    /** Returns a catalog on the store, which the contract closes; what earlier ones kept is there. */
    Catalog open() throws InterruptedException;

    /** Returns whether several catalogs may use the store at once; they may, unless an implementation says otherwise. */
    default Sharing sharing() {
        return Sharing.SHARED;
    }

    /** Whether several catalogs may use one store at once. */
    enum Sharing {
        /** They may, as if they were one. */
        SHARED,
        /** One catalog has it for itself. */
        EXCLUSIVE
    }
}
