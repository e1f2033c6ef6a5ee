package io.hvkit.catalog.jdbc.internal;

import io.hvkit.catalog.spi.CatalogRecord;
import io.hvkit.catalog.spi.Field;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Table;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The records of one kind. What must hold is looked for before it is written, so that a refusal names the record, and that work can go on
 * after it; the database's own constraints are there for what others write meanwhile, which makes the work run again.
 */
final class SqlTable<R extends CatalogRecord<R>> implements Table<R> {

    private final Mapping<R> mapping;
    private final Session session;
    private final TablePrefix prefix;

    SqlTable(Mapping<R> mapping, Session session, TablePrefix prefix) {
        this.mapping = mapping;
        this.session = session;
        this.prefix = prefix;
    }

    private String table() {
        return prefix.table(mapping.table());
    }

    private R read(Row row) throws SQLException {
        String id = row.text("id");
        try {
            return mapping.read(row);
        } catch (IllegalArgumentException e) {
            throw Session.corrupt(mapping.named(id), e);
        }
    }

    /** Returns the records for which a condition holds; what follows it may say the order. */
    List<R> select(String condition, List<?> values) {
        return session.query("SELECT * FROM " + table() + " WHERE " + condition, values, this::read);
    }

    @Override
    public Optional<R> find(RecordId<R> id) {
        return select("id = ?", List.of(id.value())).stream().findAny();
    }

    @Override
    public <V> List<R> where(Field<R, V> field, V value) {
        List<Optional<String>> parts = Mapping.texts(value);
        List<String> columns = mapping.columns(field);
        String condition = IntStream.range(0, columns.size())
                .mapToObj(i -> columns.get(i) + (parts.get(i).isPresent() ? " = ?" : " IS NULL"))
                .collect(Collectors.joining(" AND "));
        return select(
                condition + " ORDER BY id",
                parts.stream().flatMap(Optional::stream).toList());
    }

    @Override
    public List<R> page(Optional<RecordId<R>> after, int limit) {
        if (limit < 1 || limit > LONGEST_PAGE) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a page has 1 to %s records, not %s", LONGEST_PAGE, limit);
        }
        return select(
                "id > ? ORDER BY id LIMIT " + limit,
                List.of(after.map(RecordId::value).orElse("")));
    }

    @Override
    public R insert(R record) {
        if (record.version() != 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is kept already, in version %s", named(record), record.version());
        }
        if (find(record.id()).isPresent()) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY).message("%s is there already", named(record));
        }
        check(record);
        R kept = record.withVersion(1);
        write(kept);
        return kept;
    }

    /** Writes a new record as it is. */
    void write(R record) {
        List<Object> values = values(record);
        values.add(0, record.id().value());
        values.add(1, record.version());
        String names = mapping.columns().stream().map(Column::name).collect(Collectors.joining(", "));
        String marks = ", ?".repeat(mapping.columns().size());
        int unused = session.change(
                "INSERT INTO " + table() + " (id, version, " + names + ") VALUES (?, ?" + marks + ")", values);
    }

    @Override
    public R update(R record) {
        R before = find(record.id())
                .orElseThrow(
                        () -> DriverException.because(Failure.NOT_FOUND).message("%s is not there", named(record)));
        requireVersion(before, record);
        check(record);
        R kept = record.withVersion(record.version() + 1);
        rewrite(kept);
        return kept;
    }

    /** Writes a record as it is over the one whose version is one less. */
    void rewrite(R record) {
        List<Object> values = values(record);
        values.add(0, record.version());
        values.add(record.id().value());
        values.add(record.version() - 1);
        String assignments = mapping.columns().stream()
                .map(column -> ", " + column.name() + " = ?")
                .collect(Collectors.joining());
        int changed = session.change(
                "UPDATE " + table() + " SET version = ?" + assignments + " WHERE id = ? AND version = ?", values);
        if (changed != 1) {
            throw DriverException.because(Failure.DEFECT)
                    .effect(Effect.NOT_APPLIED)
                    .message("%s changed within the transaction that read it", named(record));
        }
    }

    @Override
    public void delete(R record) {
        Optional<R> before = find(record.id());
        if (before.isPresent()) {
            requireVersion(before.get(), record);
            Mappings.ALL.forEach(users -> refuseIfUsed(users, record));
            int unused = session.change(
                    "DELETE FROM " + table() + " WHERE id = ?",
                    List.of(record.id().value()));
        }
    }

    private <U extends CatalogRecord<U>> void refuseIfUsed(Mapping<U> users, R record) {
        for (Column<U> column : users.columns()) {
            if (column.target().equals(Optional.of(mapping.table()))) {
                List<String> found = session.query(
                        "SELECT id FROM " + prefix.table(users.table()) + " WHERE " + column.name() + " = ? LIMIT 1",
                        List.of(record.id().value()),
                        row -> row.text("id"));
                if (!found.isEmpty()) {
                    throw DriverException.because(Failure.IN_USE)
                            .message("%s refers to %s", users.named(found.get(0)), named(record));
                }
            }
        }
    }

    /** Requires that all it refers to is there, and that nothing else has what is its alone. */
    private void check(R record) {
        for (Column<R> column : mapping.columns()) {
            if (column.target().isPresent() && column.of(record) instanceof String id) {
                String target = prefix.table(column.target().get());
                if (session.query("SELECT id FROM " + target + " WHERE id = ?", List.of(id), row -> row.text("id"))
                        .isEmpty()) {
                    throw DriverException.because(Failure.NOT_FOUND)
                            .message("%s refers to the %s %s, which is not there", named(record), column.name(), id);
                }
            }
        }
        List<Column<R>> unique = mapping.unique();
        if (!unique.isEmpty()) {
            List<Object> values =
                    unique.stream().map(column -> column.of(record)).collect(Collectors.toCollection(ArrayList::new));
            values.add(record.id().value());
            String same =
                    unique.stream().map(column -> column.name() + " = ? AND ").collect(Collectors.joining());
            select(same + "id <> ?", values).stream().findAny().ifPresent(other -> {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message(
                                "%s has that %s",
                                named(other), unique.stream().map(Column::name).toList());
            });
        }
    }

    private void requireVersion(R kept, R given) {
        if (kept.version() != given.version()) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "%s has version %s now, not %s; somebody changed it, so read it again",
                            named(given), kept.version(), given.version());
        }
    }

    private List<Object> values(R record) {
        return mapping.columns().stream()
                .map(column -> column.of(record))
                .collect(Collectors.toCollection(ArrayList::new));
    }

    private String named(R record) {
        return mapping.named(record.id().value());
    }
}
