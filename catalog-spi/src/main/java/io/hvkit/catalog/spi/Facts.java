package io.hvkit.catalog.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Named texts that are kept as they are: what an operation was asked for, what a step has seen. Immutable. Never holds key material.
 */
public final class Facts {

    /** No facts. */
    public static final Facts NONE = new Facts(new TreeMap<>());

    /** How many characters all names and texts together have at most. */
    public static final int LONGEST = 65_536;

    private final SortedMap<String, String> texts;

    private Facts(SortedMap<String, String> texts) {
        this.texts = texts;
    }

    /**
     * Returns facts with these texts.
     *
     * @throws IllegalArgumentException if they are longer than {@link #LONGEST}
     */
    public static Facts of(Map<String, String> texts) {
        int length = texts.entrySet().stream()
                .mapToInt(entry -> entry.getKey().length() + entry.getValue().length())
                .sum();
        if (length > LONGEST) {
            throw new IllegalArgumentException("facts have " + LONGEST + " characters at most, not " + length);
        }
        return new Facts(Collections.unmodifiableSortedMap(new TreeMap<>(texts)));
    }

    /** Returns one fact. */
    public static Facts of(String name, Object value) {
        return NONE.with(name, value);
    }

    /** Returns these facts and one more, as its {@code toString} has it; or, where there was one of that name, this one instead. */
    public Facts with(String name, Object value) {
        Map<String, String> more = new TreeMap<>(texts);
        more.put(name, value.toString());
        return of(more);
    }

    /** Returns these facts and one more, if there is a value. */
    public Facts with(String name, Optional<?> value) {
        return value.isEmpty() ? this : with(name, (Object) value.get());
    }

    /** Returns a text, if it is there. */
    public Optional<String> find(String name) {
        return Optional.ofNullable(texts.get(name));
    }

    /**
     * Returns a text.
     *
     * @throws DriverException with {@code CORRUPT_DATA} if it is not there
     */
    public String text(String name) {
        return find(name)
                .orElseThrow(() -> DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message("there is no fact '%s' among %s", name, texts.keySet()));
    }

    /** Returns all texts by their names. */
    public SortedMap<String, String> texts() {
        return texts;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Facts that && texts.equals(that.texts);
    }

    @Override
    public int hashCode() {
        return texts.hashCode();
    }

    @Override
    public String toString() {
        return texts.toString();
    }
}
