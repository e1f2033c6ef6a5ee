package io.hvkit.catalog.spi;

/**
 * Something the catalog keeps. Immutable: a change is a new value with the same id.
 *
 * @param <R> the kind of record itself
 */
public interface CatalogRecord<R extends CatalogRecord<R>> {

    /** Returns its id, which never changes. */
    RecordId<R> id();

    /**
     * Returns how often it was written: 0 for a record that is not kept yet, 1 once it is inserted, one more with each update. A change is
     * refused unless it starts from the version that is kept.
     */
    long version();

    /** Returns this record with another version; for catalogs. */
    R withVersion(long version);
}
