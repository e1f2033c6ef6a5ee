package io.hvkit.hypervisor.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Provider;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * The hypervisor types of one host process. An object, not a global; any number of threads may share it, and each answer is true
 * of one moment. Ids, aliases and display names are one space of names, compared without regard to case, width and blanks in the
 * same way whatever the locale. No type can take a name of another one, nor of the types that {@link HypervisorType} names,
 * whether their plug-ins are here or not.
 */
public final class HypervisorTypes {

    private static final String ABSENT = "no installed plug-in brings it; install the plug-in, or delete what needs it";

    private volatile TypeTable table;

    private HypervisorTypes(TypeTable table) {
        this.table = table;
    }

    /** Returns a registry without types. */
    public static HypervisorTypes empty() {
        return new HypervisorTypes(TypeTable.EMPTY);
    }

    /** Returns a registry with {@link HypervisorType#CUSTOM}, the one type that is there without a plug-in. */
    public static HypervisorTypes standard() {
        return new HypervisorTypes(TypeTable.EMPTY.withBuiltIn(HypervisorType.CUSTOM));
    }

    /**
     * Adds a type and returns it as it is registered. {@link HypervisorType#CUSTOM} may be added to {@link #standard} once, and
     * keeps the display name it was given meanwhile.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>one of its names is a name of another type, or its id is taken</td><td>{@code EXISTS_DIFFERENTLY}, naming
     * both providers; nothing is added</td></tr>
     * </table>
     *
     * @param provider the class that brings it, which is to blame in messages
     */
    public HypervisorType register(HypervisorType type, Class<?> provider) {
        registerAll(List.of(type), Provider.of(provider));
        return registered(type);
    }

    /** Adds all of them or, if one meets another, none. */
    void registerAll(Collection<HypervisorType> types, Provider provider) {
        change(now -> {
            TypeTable more = now;
            for (HypervisorType type : types) {
                more = more.with(type, provider);
            }
            return more;
        });
    }

    /**
     * Puts another description in the place of a type with the same id, and returns the one that was there. This is the only way
     * to do so.
     *
     * <table>
     * <caption>Failures; nothing is changed</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no type with that id</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>one of its names is a name of another type</td><td>{@code EXISTS_DIFFERENTLY}, naming both providers</td></tr>
     * </table>
     */
    public HypervisorType replace(HypervisorType type, Class<?> provider) {
        return change(now -> {
                    requireRegistered(now, type);
                    return now.without(type).with(type, Provider.of(provider));
                })
                .get(type)
                .orElseThrow();
    }

    /**
     * Gives a type another display name and returns it; the old one is free from then on. Its id, and so all that is stored,
     * stays.
     *
     * <table>
     * <caption>Failures; nothing is changed</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such type</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the name is a name of another type</td><td>{@code EXISTS_DIFFERENTLY}, naming both providers</td></tr>
     * </table>
     *
     * @throws IllegalArgumentException if the name is not spelt as a display name is
     */
    public HypervisorType rename(HypervisorType type, String displayName) {
        change(now -> {
            requireRegistered(now, type);
            return now.renamed(type, displayName);
        });
        return registered(type);
    }

    /** Returns the type with that id, alias or display name, in any case. */
    public Optional<HypervisorType> find(String name) {
        return table.find(name);
    }

    /**
     * Returns the type with that id, alias or display name, in any case.
     *
     * @throws DriverException with {@code NOT_FOUND}, naming the known ids and the nearest of them
     */
    public HypervisorType require(String name) {
        TypeTable now = table;
        return now.find(name)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message(
                                "no hypervisor type %s%s; known are %s",
                                Names.printable(name), guess(now, name), now.ids()));
    }

    /**
     * Returns what a stored id stands for now; never fails, so that what is stored can always be loaded. Display names do not
     * count: one that looks like the id of an absent plug-in must not take over what belongs to it.
     */
    public ResolvedType resolve(String storedId) {
        TypeTable now = table;
        return now.byIdOrAlias(storedId)
                .<ResolvedType>map(ResolvedType.Known::new)
                .orElseGet(() ->
                        new ResolvedType.Unknown(storedId, now.absence(storedId).orElse(ABSENT)));
    }

    /** Returns every registered type, by id. To offer a choice, ask for what the choice needs: {@link #offering}. */
    public List<HypervisorType> list() {
        return table.types();
    }

    /** Returns every registered type and then, by id, each stored id that no plug-in brings. */
    public List<ResolvedType> listWith(Collection<String> storedIds) {
        List<ResolvedType> all = new ArrayList<>();
        list().forEach(type -> all.add(new ResolvedType.Known(type)));
        for (String id : new TreeSet<>(storedIds)) {
            ResolvedType resolved = resolve(id);
            if (!all.contains(resolved)) {
                all.add(resolved);
            }
        }
        return all;
    }

    /** Returns the types that offer all of these features, by id. */
    public List<HypervisorType> offering(HypervisorFeature... features) {
        Set<HypervisorFeature> wanted = Set.of(features);
        return matching(type -> type.features().offered().containsAll(wanted));
    }

    /** Returns the types whose templates may come in that format, by id. */
    public List<HypervisorType> takingTemplates(ImageFormat format) {
        return matching(type -> type.templates().contains(format));
    }

    /** Returns what every type can do, as a table in Markdown for people. */
    public String featureTable() {
        return FeatureTable.of(list());
    }

    /**
     * Returns who brings a type.
     *
     * @throws DriverException with {@code NOT_FOUND} if it is not registered
     */
    public Provider provider(HypervisorType type) {
        TypeTable now = table;
        requireRegistered(now, type);
        return now.provider(type).orElseThrow();
    }

    /** Remembers why types that a plug-in would bring are not here. */
    void explainAbsence(Collection<HypervisorType> types, String reason) {
        change(now -> now.explaining(types, reason));
    }

    private List<HypervisorType> matching(Predicate<HypervisorType> wanted) {
        return list().stream().filter(wanted).toList();
    }

    /** Returns the table as it was before. */
    private synchronized TypeTable change(UnaryOperator<TypeTable> change) {
        TypeTable before = table;
        table = change.apply(before);
        return before;
    }

    private HypervisorType registered(HypervisorType type) {
        return table.get(type).orElse(type);
    }

    private static void requireRegistered(TypeTable table, HypervisorType type) {
        if (table.get(type).isEmpty()) {
            throw DriverException.because(Failure.NOT_FOUND)
                    .message("hypervisor type %s is not registered; known are %s", type, table.ids());
        }
    }

    private static String guess(TypeTable table, String name) {
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
