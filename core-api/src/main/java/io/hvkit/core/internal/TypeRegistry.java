package io.hvkit.core.internal;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Provider;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** The types of one SPI in one process; the SPIs say in their own words what each method promises. Safe for any thread. */
public final class TypeRegistry<T> {

    private static final String ABSENT = "no installed plug-in brings it; install the plug-in, or delete what needs it";

    private final TypeKind<T> kind;
    private volatile TypeTable<T> table;

    /** Returns a registry without types. */
    public TypeRegistry(TypeKind<T> kind) {
        this.kind = kind;
        this.table = TypeTable.empty(kind);
    }

    /** Adds a type that is there without a plug-in, and that one plug-in may bring. */
    public TypeRegistry<T> withBuiltIn(T type) {
        change(now -> now.withBuiltIn(type));
        return this;
    }

    /** Adds a type and returns it as it is registered. */
    public T register(T type, Class<?> provider) {
        registerAll(List.of(type), Provider.of(provider));
        return registered(type);
    }

    /** Adds all of them or, if one meets another, none. */
    public void registerAll(Collection<T> types, Provider provider) {
        change(now -> {
            TypeTable<T> more = now;
            for (T type : types) {
                more = more.with(type, provider);
            }
            return more;
        });
    }

    /** Puts another description in the place of a type with the same id, and returns the one that was there. */
    public T replace(T type, Class<?> provider) {
        return change(now -> {
                    requireRegistered(now, type);
                    return now.without(type).with(type, Provider.of(provider));
                })
                .get(type)
                .orElseThrow();
    }

    /** Gives a type another display name and returns it. */
    public T rename(T type, String displayName) {
        change(now -> {
            requireRegistered(now, type);
            return now.renamed(type, displayName);
        });
        return registered(type);
    }

    /** Returns the type with that id, alias or display name. */
    public Optional<T> find(String name) {
        return table.find(name);
    }

    /** Returns the type with that id, alias or display name, or fails with the nearest id. */
    public T require(String name) {
        TypeTable<T> now = table;
        return now.find(name)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message(
                                "no %s type %s%s; known are %s",
                                kind.noun(), Names.printable(name), guess(now, name), now.ids()));
    }

    /** Answers for what a stored id stands for now: a type, or the id and why there is none. */
    public <R> R resolve(String storedId, Function<T, R> known, BiFunction<String, String, R> unknown) {
        TypeTable<T> now = table;
        return now.byIdOrAlias(storedId)
                .map(known)
                .orElseGet(() -> unknown.apply(storedId, now.absence(storedId).orElse(ABSENT)));
    }

    /** Returns every registered type, by id. */
    public List<T> list() {
        return table.types();
    }

    /** Answers for every registered type and then, by id, for each stored id that no plug-in brings. */
    public <R> List<R> listWith(
            Collection<String> storedIds, Function<T, R> known, BiFunction<String, String, R> unknown) {
        List<R> all = new ArrayList<>();
        list().forEach(type -> all.add(known.apply(type)));
        for (String id : new TreeSet<>(storedIds)) {
            R resolved = resolve(id, known, unknown);
            if (!all.contains(resolved)) {
                all.add(resolved);
            }
        }
        return all;
    }

    /** Returns the types that are wanted, by id. */
    public List<T> matching(Predicate<T> wanted) {
        return list().stream().filter(wanted).toList();
    }

    /** Returns who brings a type. */
    public Provider provider(T type) {
        TypeTable<T> now = table;
        requireRegistered(now, type);
        return now.provider(type).orElseThrow();
    }

    /** Remembers why types that a plug-in would bring are not here. */
    public void explainAbsence(Collection<T> types, String reason) {
        change(now -> now.explaining(types, reason));
    }

    String noun() {
        return kind.noun();
    }

    String id(T type) {
        return kind.id(type);
    }

    /** Returns the table as it was before. */
    private synchronized TypeTable<T> change(UnaryOperator<TypeTable<T>> change) {
        TypeTable<T> before = table;
        table = change.apply(before);
        return before;
    }

    private T registered(T type) {
        return table.get(type).orElse(type);
    }

    private void requireRegistered(TypeTable<T> now, T type) {
        if (now.get(type).isEmpty()) {
            throw DriverException.because(Failure.NOT_FOUND)
                    .message("%s type %s is not registered; known are %s", kind.noun(), type, now.ids());
        }
    }

    private static String guess(TypeTable<?> table, String name) {
        String folded = Names.folded(name);
        int farthest = Math.min(2, folded.length() - 1);
        return table.ids().stream()
                .filter(id -> Math.abs(id.length() - folded.length()) <= farthest)
                .filter(id -> Names.distance(folded, id) <= farthest)
                .min(Comparator.comparing(id -> Names.distance(folded, id)))
                .map(id -> " (did you mean " + id + "?)")
                .orElse("");
    }
}
