package io.hvkit.testkit.catalog;

import io.hvkit.catalog.spi.CatalogRecord;
import io.hvkit.catalog.spi.Field;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Table;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.util.List;
import java.util.Optional;

/** The records of one kind, as one transaction sees them. */
final class MemoryTable<R extends CatalogRecord<R>> implements Table<R> {

    private final MemoryRules<R> rules;
    private final MemoryState state;
    private final Runnable check;

    MemoryTable(MemoryRules<R> rules, MemoryState state, Runnable check) {
        this.rules = rules;
        this.state = state;
        this.check = check;
    }

    @Override
    public Optional<R> find(RecordId<R> id) {
        check.run();
        return rules.find(id.value(), state);
    }

    @Override
    public <V> List<R> where(Field<R, V> field, V value) {
        check.run();
        return rules.all(state).stream()
                .filter(record -> field.of(record).equals(Optional.of(value)))
                .toList();
    }

    @Override
    public List<R> page(Optional<RecordId<R>> after, int limit) {
        check.run();
        if (limit < 1 || limit > LONGEST_PAGE) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a page has 1 to %s records, not %s", LONGEST_PAGE, limit);
        }
        return rules.all(state).stream()
                .filter(record -> after.isEmpty()
                        || record.id().value().compareTo(after.get().value()) > 0)
                .limit(limit)
                .toList();
    }

    @Override
    public R insert(R record) {
        check.run();
        if (record.version() != 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is kept already, in version %s", rules.named(record), record.version());
        }
        if (state.of(rules.kind()).containsKey(record.id().value())) {
            throw taken(record);
        }
        return keep(record);
    }

    @Override
    public R update(R record) {
        check.run();
        R before = find(record.id())
                .orElseThrow(() ->
                        DriverException.because(Failure.NOT_FOUND).message("%s is not there", rules.named(record)));
        requireVersion(before, record);
        return keep(record);
    }

    @Override
    public void delete(R record) {
        check.run();
        Optional<R> before = find(record.id());
        if (before.isPresent()) {
            requireVersion(before.get(), record);
            MemoryRules.userOf(rules.kind(), record.id().value(), state).ifPresent(user -> {
                throw DriverException.because(Failure.IN_USE).message("%s refers to %s", user, rules.named(record));
            });
            state.of(rules.kind()).remove(record.id().value());
        }
    }

    private R keep(R record) {
        for (MemoryRules.Reference<R> reference : rules.references()) {
            Optional<String> target = reference.of(record);
            if (target.isPresent() && !state.of(reference.target()).containsKey(target.get())) {
                throw DriverException.because(Failure.NOT_FOUND)
                        .message(
                                "%s refers to the %s %s, which is not there",
                                rules.named(record), reference.field(), target.get());
            }
        }
        for (R other : rules.all(state)) {
            if (!other.id().equals(record.id()) && rules.collide(other, record)) {
                throw taken(other);
            }
        }
        R kept = record.withVersion(record.version() + 1);
        state.of(rules.kind()).put(kept.id().value(), kept);
        return kept;
    }

    private void requireVersion(R kept, R given) {
        if (kept.version() != given.version()) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "%s has version %s now, not %s; somebody changed it, so read it again",
                            rules.named(given), kept.version(), given.version());
        }
    }

    private DriverException taken(R other) {
        return DriverException.because(Failure.EXISTS_DIFFERENTLY)
                .message("%s has that id, or that %s", rules.named(other), rules.unique());
    }
}
