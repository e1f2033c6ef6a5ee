package io.hvkit.hypervisor.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Provider;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The types of a registry at one moment. Immutable, and free of conflicts by the way it is made. */
final class TypeTable {

    static final TypeTable EMPTY = new TypeTable(new TreeMap<>(), Map.of());

    private static final Provider SDK = Provider.of(HypervisorType.class);
    private static final List<HypervisorType> RESERVED =
            List.of(HypervisorType.KVM, HypervisorType.VMWARE, HypervisorType.CUSTOM);

    /** Whether a plug-in may still bring the type. */
    private enum Standing {
        BUILT_IN,
        PLUGGED_IN
    }

    private record Entry(HypervisorType type, Provider provider, Standing standing) {

        Entry shownAs(String displayName) {
            return new Entry(type.shownAs(displayName), provider, standing);
        }
    }

    /** A name and by which right it belongs to a type. */
    private record Owner(HypervisorType type, HypervisorType.Claim claim) {}

    private final SortedMap<String, Entry> byId;
    private final Map<String, Owner> byName = new HashMap<>();
    private final Map<String, String> absences;

    private TypeTable(SortedMap<String, Entry> byId, Map<String, String> absences) {
        this.byId = byId;
        this.absences = absences;
        for (Entry entry : byId.values()) {
            entry.type.claims().forEach((name, claim) -> byName.put(name, new Owner(entry.type, claim)));
        }
    }

    TypeTable withBuiltIn(HypervisorType type) {
        return put(new Entry(type, SDK, Standing.BUILT_IN));
    }

    TypeTable with(HypervisorType type, Provider provider) {
        Entry present = byId.get(type.id());
        Entry added = new Entry(type, provider, Standing.PLUGGED_IN);
        if (present != null && present.standing == Standing.BUILT_IN) {
            String operators = present.type.displayName();
            return put(operators.equals(HypervisorType.CUSTOM.displayName()) ? added : added.shownAs(operators));
        }
        if (present != null) {
            refuseOverlap(added, present);
        }
        return put(added);
    }

    TypeTable without(HypervisorType type) {
        SortedMap<String, Entry> fewer = new TreeMap<>(byId);
        fewer.remove(type.id());
        return new TypeTable(fewer, absences);
    }

    TypeTable renamed(HypervisorType type, String displayName) {
        Entry present = byId.get(type.id());
        return present == null ? this : put(present.shownAs(displayName));
    }

    TypeTable explaining(Collection<HypervisorType> types, String reason) {
        Map<String, String> more = new HashMap<>(absences);
        types.forEach(type -> more.put(Names.folded(type.id()), reason));
        return new TypeTable(byId, more);
    }

    Optional<HypervisorType> find(String name) {
        return Optional.ofNullable(byName.get(Names.folded(name))).map(Owner::type);
    }

    Optional<HypervisorType> byIdOrAlias(String id) {
        return Optional.ofNullable(byName.get(Names.folded(id)))
                .filter(owner -> owner.claim != HypervisorType.Claim.DISPLAY_NAME)
                .map(Owner::type);
    }

    Optional<HypervisorType> get(HypervisorType type) {
        return Optional.ofNullable(byId.get(type.id())).map(Entry::type);
    }

    Optional<Provider> provider(HypervisorType type) {
        return Optional.ofNullable(byId.get(type.id())).map(Entry::provider);
    }

    Optional<String> absence(String id) {
        return Optional.ofNullable(absences.get(Names.folded(id)));
    }

    List<HypervisorType> types() {
        return byId.values().stream().map(Entry::type).toList();
    }

    Set<String> ids() {
        return byId.keySet();
    }

    private TypeTable put(Entry entry) {
        SortedMap<String, Entry> more = new TreeMap<>(byId);
        more.remove(entry.type.id());
        for (HypervisorType reserved : RESERVED) {
            if (!entry.type.equals(reserved)) {
                refuseOverlap(entry, more.getOrDefault(reserved.id(), new Entry(reserved, SDK, Standing.BUILT_IN)));
            }
        }
        more.values().forEach(other -> refuseOverlap(entry, other));
        more.put(entry.type.id(), entry);
        return new TypeTable(more, absences);
    }

    private static void refuseOverlap(Entry added, Entry present) {
        Map<String, HypervisorType.Claim> taken = present.type.claims();
        added.type.claims().forEach((name, claim) -> {
            HypervisorType.Claim other = taken.get(name);
            if (other != null) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message(
                                "both %s and %s claim hypervisor name %s: %s of %s, %s of %s",
                                present.provider, added.provider, name, other, present.type, claim, added.type);
            }
        });
    }
}
