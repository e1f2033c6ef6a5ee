package io.hvkit.testkit.catalog;

import io.hvkit.catalog.spi.CatalogRecord;
import io.hvkit.catalog.spi.OperationRecord;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/** All records and operations, by their ids. Written to by one transaction alone. */
final class MemoryState {

    static final MemoryState EMPTY = new MemoryState();

    private final Map<MemoryRules.Kind, SortedMap<String, CatalogRecord<?>>> records =
            new EnumMap<>(MemoryRules.Kind.class);
    private final Map<String, OperationRecord> operations = new LinkedHashMap<>();

    private MemoryState() {
        for (MemoryRules.Kind kind : MemoryRules.Kind.values()) {
            records.put(kind, new TreeMap<>(Comparator.naturalOrder()));
        }
    }

    MemoryState copy() {
        MemoryState copy = new MemoryState();
        records.forEach((kind, all) -> copy.of(kind).putAll(all));
        copy.operations.putAll(operations);
        return copy;
    }

    SortedMap<String, CatalogRecord<?>> of(MemoryRules.Kind kind) {
        return Objects.requireNonNull(records.get(kind));
    }

    /** Returns the operations in the order in which they were begun. */
    Map<String, OperationRecord> operations() {
        return operations;
    }
}
