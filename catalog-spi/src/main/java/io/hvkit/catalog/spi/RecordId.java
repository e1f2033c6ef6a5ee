package io.hvkit.catalog.spi;

import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Names one record of the catalog. Typed by what it names, so that the id of one kind of thing is never taken for another's: the id of a
 * volume's record is none of the ids that storage gives volumes.
 *
 * @param <R> the kind of record
 * @param value one to 64 characters out of {@code A-Z a-z 0-9 . _ -}, the first of which is a letter or a digit
 */
public record RecordId<R extends CatalogRecord<R>>(String value) {

    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    /**
     * Checks the form.
     *
     * @throws IllegalArgumentException if it has another one
     */
    public RecordId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "a record id has 1 to 64 letters, digits, dots, dashes and underscores, and begins with a letter or digit: '"
                            + value + "'");
        }
    }

    /** Returns an id that nothing has yet: a random UUID. */
    public static <R extends CatalogRecord<R>> RecordId<R> random() {
        return new RecordId<>(UUID.randomUUID().toString());
    }

    @Override
    public String toString() {
        return value;
    }
}
