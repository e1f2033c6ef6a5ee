package io.hvkit.catalog.spi;

import java.util.Optional;
import java.util.function.Function;

/**
 * A field by which records are looked up.
 *
 * @param <R> the kind of record
 * @param <V> the kind of value
 */
public final class Field<R extends CatalogRecord<R>, V> {

    private final String name;
    private final Function<R, Optional<V>> value;

    private Field(String name, Function<R, Optional<V>> value) {
        this.name = name;
        this.value = value;
    }

    /** Returns a field that every record has. */
    static <R extends CatalogRecord<R>, V> Field<R, V> of(String name, Function<R, V> value) {
        return new Field<>(name, value.andThen(Optional::of));
    }

    /** Returns a field that a record may lack. */
    static <R extends CatalogRecord<R>, V> Field<R, V> optional(String name, Function<R, Optional<V>> value) {
        return new Field<>(name, value);
    }

    /** Returns its name: that of the record's accessor. */
    public String name() {
        return name;
    }

    /** Returns a record's value, if it has one. */
    public Optional<V> of(R record) {
        return value.apply(record);
    }

    @Override
    public String toString() {
        return name;
    }
}
