package io.hvkit.catalog.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import java.util.List;
import java.util.Optional;

/**
 * The records of one kind, within one transaction.
 *
 * @param <R> the kind of record
 */
@Incubating(since = "0.1")
public interface Table<R extends CatalogRecord<R>> {

    /** How many records one page holds at most. */
    int LONGEST_PAGE = 1000;

    /** Returns the record of that id, if there is one. */
    Optional<R> find(RecordId<R> id);

    /**
     * Returns the record of that id.
     *
     * @throws io.hvkit.core.DriverException with {@code NOT_FOUND}, naming it
     */
    default R require(RecordId<R> id) {
        return find(id).orElseThrow(
                        () -> DriverException.because(Failure.NOT_FOUND).message("the catalog has no record %s", id));
    }

    /** Returns the records whose field has that value, ordered by id. */
    <V> List<R> where(Field<R, V> field, V value);

    /**
     * Returns records ordered by id, so that one page after the other has them all.
     *
     * @param after the last id of the page before; nothing for the first page
     * @param limit how many at most, 1 to {@link #LONGEST_PAGE}; else {@code INVALID_REQUEST}
     */
    List<R> page(Optional<RecordId<R>> after, int limit);

    /**
     * Keeps a new record, whose version is 0; else {@code INVALID_REQUEST}.
     *
     * @return the record with version 1
     */
    R insert(R record);

    /**
     * Keeps a record in place of the one with its id, whose version it has; {@code NOT_FOUND} if there is none with its id.
     *
     * @return the record with the next version
     */
    R update(R record);

    /** Removes the record with this one's id and version; does nothing if there is none with its id. */
    void delete(R record);
}
