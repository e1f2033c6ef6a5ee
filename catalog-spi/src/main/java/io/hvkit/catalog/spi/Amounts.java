package io.hvkit.catalog.spi;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How much of each resource, by its name; what is not named is 0. Immutable, and equal to amounts of the same sizes.
 */
public final class Amounts {

    /** Nothing of anything. */
    public static final Amounts NONE = new Amounts(new TreeMap<>());

    private final SortedMap<String, Long> sizes;

    private Amounts(SortedMap<String, Long> sizes) {
        this.sizes = sizes;
    }

    /**
     * Returns these amounts.
     *
     * @throws IllegalArgumentException if a name is not {@linkplain Catalog as names must be}
     */
    public static Amounts of(Map<String, Long> sizes) {
        SortedMap<String, Long> kept = new TreeMap<>(sizes);
        kept.keySet().forEach(name -> Texts.name("the name of a resource", name));
        kept.values().removeIf(size -> size == 0);
        return new Amounts(Collections.unmodifiableSortedMap(kept));
    }

    /** Returns so much of one resource. */
    public static Amounts of(String resource, long size) {
        return of(Map.of(resource, size));
    }

    /** Returns how much of a resource there is. */
    public long of(String resource) {
        return sizes.getOrDefault(resource, 0L);
    }

    /**
     * Returns these and those together.
     *
     * @throws ArithmeticException if a sum has more than 63 bits
     */
    public Amounts plus(Amounts more) {
        Map<String, Long> sum = new TreeMap<>(sizes);
        more.sizes.forEach((resource, size) -> sum.merge(resource, size, Math::addExact));
        return of(sum);
    }

    /**
     * Returns what is left of these without those, which may be less than nothing.
     *
     * @throws ArithmeticException if a difference has more than 63 bits
     */
    public Amounts minus(Amounts less) {
        Map<String, Long> negative = new TreeMap<>();
        less.sizes.forEach((resource, size) -> negative.put(resource, Math.negateExact(size)));
        return plus(of(negative));
    }

    /** Returns whether it is nothing of anything. */
    public boolean isNone() {
        return sizes.isEmpty();
    }

    /** Returns whether there is less than nothing of something. */
    public boolean isNegative() {
        return sizes.values().stream().anyMatch(size -> size < 0);
    }

    /** Returns these amounts, with nothing where there would be less than nothing. */
    public Amounts orNothing() {
        Map<String, Long> floored = new TreeMap<>(sizes);
        floored.values().removeIf(size -> size < 0);
        return of(floored);
    }

    /** Returns each amount that is not 0 by the name of its resource. */
    public SortedMap<String, Long> sizes() {
        return sizes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Amounts that && sizes.equals(that.sizes);
    }

    @Override
    public int hashCode() {
        return sizes.hashCode();
    }

    @Override
    public String toString() {
        return sizes.toString();
    }
}
