package io.hvkit.core.internal;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Provider;
import io.hvkit.core.internal.TypeNames.Claim;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The types of a registry at one moment. Immutable, and free of conflicts by the way it is made. */
final class TypeTable<T> {

    /** Whether a plug-in may still bring the type. */
    private enum Standing {
        BUILT_IN,
        PLUGGED_IN
    }

    private record Entry<T>(T type, TypeNames names, Provider provider, Standing standing) {}

    /** A name and by which right it belongs to a type. */
    private record Owner<T>(T type, Claim claim) {}

    private final TypeKind<T> kind;
    private final SortedMap<String, Entry<T>> byId;
    private final Map<String, Owner<T>> byName = new HashMap<>();
    private final Map<String, String> absences;

    private TypeTable(TypeKind<T> kind, SortedMap<String, Entry<T>> byId, Map<String, String> absences) {
        this.kind = kind;
        this.byId = byId;
        this.absences = absences;
        for (Entry<T> entry : byId.values()) {
            entry.names.claims().forEach((name, claim) -> byName.put(name, new Owner<>(entry.type, claim)));
        }
    }

    static <T> TypeTable<T> empty(TypeKind<T> kind) {
        return new TypeTable<>(kind, new TreeMap<>(), Map.of());
    }

    TypeTable<T> withBuiltIn(T type) {
        return put(entry(type, kind.sdk(), Standing.BUILT_IN));
    }

    TypeTable<T> with(T type, Provider provider) {
        Entry<T> present = byId.get(kind.id(type));
        Entry<T> added = entry(type, provider, Standing.PLUGGED_IN);
        if (present != null && present.standing == Standing.BUILT_IN) {
            return put(kind.isShownAsReserved(present.type) ? added : shownAs(added, present.names.displayName()));
        }
        if (present != null) {
            refuseOverlap(added, present);
        }
        return put(added);
    }

    TypeTable<T> without(T type) {
        SortedMap<String, Entry<T>> fewer = new TreeMap<>(byId);
        fewer.remove(kind.id(type));
        return new TypeTable<>(kind, fewer, absences);
    }

    TypeTable<T> renamed(T type, String displayName) {
        Entry<T> present = byId.get(kind.id(type));
        return present == null ? this : put(shownAs(present, displayName));
    }

    TypeTable<T> explaining(Collection<T> types, String reason) {
        Map<String, String> more = new HashMap<>(absences);
        types.forEach(type -> more.put(Names.folded(kind.id(type)), reason));
        return new TypeTable<>(kind, byId, more);
    }

    Optional<T> find(String name) {
        return Optional.ofNullable(byName.get(Names.folded(name))).map(Owner::type);
    }

    Optional<T> byIdOrAlias(String id) {
        return Optional.ofNullable(byName.get(Names.folded(id)))
                .filter(owner -> owner.claim != Claim.DISPLAY_NAME)
                .map(Owner::type);
    }

    Optional<T> get(T type) {
        return Optional.ofNullable(byId.get(kind.id(type))).map(Entry::type);
    }

    Optional<Provider> provider(T type) {
        return Optional.ofNullable(byId.get(kind.id(type))).map(Entry::provider);
    }

    Optional<String> absence(String id) {
        return Optional.ofNullable(absences.get(Names.folded(id)));
    }

    List<T> types() {
        return byId.values().stream().map(Entry::type).toList();
    }

    Set<String> ids() {
        return byId.keySet();
    }

    private Entry<T> entry(T type, Provider provider, Standing standing) {
        return new Entry<>(type, kind.names().apply(type), provider, standing);
    }

    private Entry<T> shownAs(Entry<T> entry, String displayName) {
        return entry(kind.shownAs().apply(entry.type, displayName), entry.provider, entry.standing);
    }

    private TypeTable<T> put(Entry<T> entry) {
        SortedMap<String, Entry<T>> more = new TreeMap<>(byId);
        more.remove(entry.names.id());
        for (T reserved : kind.reserved()) {
            if (!entry.type.equals(reserved)) {
                Entry<T> here = more.get(kind.id(reserved));
                refuseOverlap(entry, here == null ? entry(reserved, kind.sdk(), Standing.BUILT_IN) : here);
            }
        }
        more.values().forEach(other -> refuseOverlap(entry, other));
        more.put(entry.names.id(), entry);
        return new TypeTable<>(kind, more, absences);
    }

    private void refuseOverlap(Entry<T> added, Entry<T> present) {
        Map<String, Claim> taken = present.names.claims();
        added.names.claims().forEach((name, claim) -> {
            Claim other = taken.get(name);
            if (other != null) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message(
                                "both %s and %s claim %s name %s: %s of %s, %s of %s",
                                present.provider,
                                added.provider,
                                kind.noun(),
                                name,
                                other,
                                present.type,
                                claim,
                                added.type);
            }
        });
    }
}
