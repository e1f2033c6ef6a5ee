package io.hvkit.hypervisor.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The hypervisor types of one host process. An object, not a global; any number of threads may share it. Ids, aliases and
 * display names are one space of names, compared without regard to case in the same way whatever the locale.
 */
public final class HypervisorTypes {

    private static final int FARTHEST_GUESS = 2;

    private final Map<String, HypervisorType> byId = new TreeMap<>();

    private HypervisorTypes() {}

    /** Returns a registry without types. */
    public static HypervisorTypes empty() {
        return new HypervisorTypes();
    }

    /**
     * Adds a type and returns it.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>one of its names is a name of another type, or its id is taken</td><td>{@code EXISTS_DIFFERENTLY}, naming
     * both providers; nothing is added</td></tr>
     * </table>
     */
    public synchronized HypervisorType register(HypervisorType type) {
        byId.values().forEach(other -> refuseOverlap(type, other));
        byId.put(type.id(), type);
        return type;
    }

    /** Returns the type with that id, alias or display name, in any case. */
    public synchronized Optional<HypervisorType> find(String name) {
        String folded = Names.folded(name);
        return byId.values().stream()
                .filter(t -> t.claims().containsKey(folded))
                .findFirst();
    }

    /**
     * Returns the type with that id, alias or display name, in any case.
     *
     * @throws DriverException with {@code NOT_FOUND}, naming the known ids and the nearest of them
     */
    public synchronized HypervisorType require(String name) {
        return find(name)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("no hypervisor type %s%s; known are %s", name, guess(name), byId.keySet()));
    }

    /** Returns what a stored id stands for now; never fails, so that what is stored can always be loaded. */
    public ResolvedType resolve(String storedId) {
        return find(storedId)
                .<ResolvedType>map(ResolvedType.Known::new)
                .orElseGet(() -> new ResolvedType.Unknown(storedId));
    }

    /** Returns every registered type, by id. */
    public synchronized List<HypervisorType> list() {
        return List.copyOf(byId.values());
    }

    /** Returns every registered type and then, by id, each stored id that no plug-in brings. */
    public synchronized List<ResolvedType> listWith(Collection<String> storedIds) {
        List<ResolvedType> all = new ArrayList<>();
        byId.values().forEach(type -> all.add(new ResolvedType.Known(type)));
        new TreeSet<>(storedIds)
                .stream().filter(id -> find(id).isEmpty()).forEach(id -> all.add(new ResolvedType.Unknown(id)));
        return all;
    }

    /**
     * Gives a type another display name and returns it; the old one is free from then on.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such type</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the name is a name of another type</td><td>{@code EXISTS_DIFFERENTLY}; nothing is changed</td></tr>
     * </table>
     */
    public synchronized HypervisorType rename(HypervisorType type, String displayName) {
        HypervisorType renamed = require(type.id()).shownAs(displayName);
        byId.values().stream().filter(other -> !other.equals(renamed)).forEach(other -> refuseOverlap(renamed, other));
        byId.put(renamed.id(), renamed);
        return renamed;
    }

    private static void refuseOverlap(HypervisorType type, HypervisorType other) {
        Map<String, String> taken = other.claims();
        type.claims().forEach((name, role) -> {
            String otherRole = taken.get(name);
            if (otherRole != null) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message(
                                "both %s and %s claim hypervisor name %s: %s of %s, %s of %s",
                                other.provider(), type.provider(), name, otherRole, other, role, type);
            }
        });
    }

    private String guess(String name) {
        String folded = Names.folded(name);
        return byId.keySet().stream()
                .filter(id -> Names.distance(folded, id) <= FARTHEST_GUESS)
                .min(Comparator.comparing(id -> Names.distance(folded, id)))
                .map(id -> " (did you mean " + id + "?)")
                .orElse("");
    }
}
