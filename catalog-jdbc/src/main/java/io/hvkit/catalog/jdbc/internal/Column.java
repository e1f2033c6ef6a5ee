package io.hvkit.catalog.jdbc.internal;

import java.sql.Types;
import java.util.Optional;
import java.util.function.Function;

/**
 * A column of a table, and where its value is in a record.
 *
 * @param name its name
 * @param type its type as in {@link Types}: {@code VARCHAR}, {@code BIGINT} or {@code VARBINARY}
 * @param value its value as the database keeps it, a {@code String}, {@code Long} or {@code byte[]}; nothing for NULL
 * @param target the table that it refers to, if it refers to one
 */
record Column<R>(String name, int type, Function<R, ? extends Optional<?>> value, Optional<String> target) {

    /** A value of a statement that is NULL, of one of the types of columns. */
    record Null(int type) {}

    /** Returns a record's value for a statement. */
    Object of(R record) {
        Optional<?> known = value.apply(record);
        return known.isPresent() ? known.get() : new Null(type);
    }
}
