package io.hvkit.catalog.jdbc.internal;

import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.CatalogRecord;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.Field;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Sighting;
import io.hvkit.catalog.spi.VolumeRecord.Encryption;
import io.hvkit.catalog.spi.VolumeRecord.Place;
import io.hvkit.core.DiskUuid;
import io.hvkit.core.MachineId;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** How the records of one kind lie in their table, whose first columns are the id and the version. Built once, then read alone. */
final class Mapping<R extends CatalogRecord<R>> {

    /** Makes a record of a row. */
    @FunctionalInterface
    interface Reader<R> {
        R read(Row row) throws SQLException;
    }

    private final String table;
    private final String noun;
    private final Reader<R> reader;
    private final List<Column<R>> columns = new ArrayList<>();
    private final Map<String, List<String>> fields = new HashMap<>();
    private List<Column<R>> unique = List.of();

    private Mapping(String table, String noun, Reader<R> reader) {
        this.table = table;
        this.noun = noun;
        this.reader = reader;
    }

    /** Starts a mapping; {@code noun} is what one record is called. */
    static <R extends CatalogRecord<R>> Mapping<R> of(String table, String noun, Reader<R> reader) {
        return new Mapping<>(table, noun, reader);
    }

    private Mapping<R> column(
            String name, int type, Function<R, ? extends Optional<?>> value, Optional<String> target) {
        columns.add(new Column<>(name, type, value, target));
        return this;
    }

    /** A text by which records are found. */
    Mapping<R> found(String name, Field<R, ?> field) {
        fields.put(field.name(), List.of(name));
        return column(name, Types.VARCHAR, record -> field.of(record).map(Mapping::text), Optional.empty());
    }

    /** What is in columns that are there already, and by which records are found. */
    Mapping<R> foundIn(List<String> names, Field<R, ?> field) {
        fields.put(field.name(), names);
        return this;
    }

    /** The id of a record of another table. */
    Mapping<R> refers(String name, Field<R, ?> field, String target) {
        fields.put(field.name(), List.of(name));
        return column(name, Types.VARCHAR, record -> field.of(record).map(Mapping::text), Optional.of(target));
    }

    /** What no two records share: all of the columns so far of these names. */
    Mapping<R> unique(String... names) {
        unique = columns.stream()
                .filter(column -> List.of(names).contains(column.name()))
                .toList();
        return this;
    }

    Mapping<R> text(String name, Function<R, String> value) {
        return optionalText(name, value.andThen(Optional::of));
    }

    Mapping<R> optionalText(String name, Function<R, Optional<String>> value) {
        return column(name, Types.VARCHAR, value, Optional.empty());
    }

    Mapping<R> word(String name, Function<R, Enum<?>> value) {
        return text(name, value.andThen(Enum::name));
    }

    Mapping<R> facts(String name, Function<R, Facts> value) {
        return text(name, value.andThen(facts -> Json.write(facts.texts())));
    }

    Mapping<R> amounts(String name, Function<R, Amounts> value) {
        return text(name, value.andThen(amounts -> Json.write(Row.facts(amounts).texts())));
    }

    Mapping<R> number(String name, Function<R, Long> value) {
        return column(name, Types.BIGINT, value.andThen(Optional::of), Optional.empty());
    }

    Mapping<R> optionalNumber(String name, Function<R, Optional<Long>> value) {
        return column(name, Types.BIGINT, value, Optional.empty());
    }

    Mapping<R> bytes(String name, Function<R, byte[]> value) {
        return column(name, Types.VARBINARY, value.andThen(Optional::of), Optional.empty());
    }

    Mapping<R> moment(String name, Function<R, Instant> value) {
        return optionalMoment(name, value.andThen(Optional::of));
    }

    Mapping<R> optionalMoment(String name, Function<R, Optional<Instant>> value) {
        return column(name, Types.BIGINT, value.andThen(moment -> moment.map(Moments::nanos)), Optional.empty());
    }

    Mapping<R> sighting(Function<R, Sighting> value) {
        return word("seen_state", record -> value.apply(record).state())
                .moment("seen_at", record -> value.apply(record).at());
    }

    /** The columns of a place but for its pool. */
    Mapping<R> place(String prefix, Function<R, Optional<Place>> value) {
        Function<R, Optional<ExternalId>> external = value.andThen(place -> place.flatMap(Place::externalId));
        Function<R, Optional<Encryption>> encryption = value.andThen(place -> place.flatMap(Place::encryption));
        return optionalText(
                        prefix + "home",
                        value.andThen(place -> place.filter(p -> !p.home().equals(p.pool()))
                                .map(p -> p.home().value())))
                .number(
                        prefix + "copy_number",
                        value.andThen(place -> place.map(p -> (long) p.copy()).orElse(0L)))
                .optionalText(
                        prefix + "format",
                        value.andThen(place -> place.map(p -> p.format().name())))
                .optionalText(prefix + "external_driver", external.andThen(id -> id.map(ExternalId::driver)))
                .optionalText(prefix + "external_kind", external.andThen(id -> id.map(ExternalId::kind)))
                .optionalText(prefix + "external_value", external.andThen(id -> id.map(ExternalId::value)))
                .optionalMoment(prefix + "external_at", external.andThen(id -> id.map(ExternalId::observedAt)))
                .optionalText(prefix + "encryption_format", encryption.andThen(e -> e.map(Encryption::format)))
                .optionalText(
                        prefix + "encryption_attestation", encryption.andThen(e -> e.map(Encryption::attestation)))
                .optionalText(
                        prefix + "disk_uuid",
                        value.andThen(place -> place.flatMap(Place::diskUuid).map(DiskUuid::value)));
    }

    /** Returns a value as its column keeps it. */
    static String text(Object value) {
        if (value instanceof RecordId<?> id) {
            return id.value();
        }
        if (value instanceof MachineId id) {
            return id.value();
        }
        return value instanceof Enum<?> word ? word.name() : (String) value;
    }

    /** Returns a value as its columns keep it, one after the other; nothing where a column is empty. */
    static List<Optional<String>> texts(Object value) {
        return value instanceof PoolRecord.Reach reach
                ? List.of(
                        Optional.of(reach.zone().value()),
                        reach.cluster().map(RecordId::value),
                        reach.host().map(RecordId::value))
                : List.of(Optional.of(text(value)));
    }

    String table() {
        return table;
    }

    /** Returns a record's name for people. */
    String named(String id) {
        return "the " + noun + " " + id;
    }

    List<Column<R>> columns() {
        return columns;
    }

    List<Column<R>> unique() {
        return unique;
    }

    /** Returns the columns in which a field is. */
    List<String> columns(Field<R, ?> field) {
        return Optional.ofNullable(fields.get(field.name()))
                .orElseThrow(() -> new IllegalArgumentException("no column holds " + field));
    }

    /** Returns the columns of each field by which records are found. */
    Collection<List<String>> lookups() {
        return fields.values();
    }

    R read(Row row) throws SQLException {
        return reader.read(row);
    }
}
