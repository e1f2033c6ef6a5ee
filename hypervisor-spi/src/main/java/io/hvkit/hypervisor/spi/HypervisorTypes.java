package io.hvkit.hypervisor.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Provider;
import io.hvkit.core.internal.TypeKind;
import io.hvkit.core.internal.TypeRegistry;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The hypervisor types of one host process. An object, not a global; any number of threads may share it, and each answer is true
 * of one moment. Ids, aliases and display names are one space of names, compared without regard to case, width and blanks in the
 * same way whatever the locale. No type can take a name of another one, nor of the types that {@link HypervisorType} names,
 * whether their plug-ins are here or not.
 */
public final class HypervisorTypes {

    private static final TypeKind<HypervisorType> KIND = new TypeKind<>(
            HypervisorType.NOUN,
            Provider.of(HypervisorType.class),
            List.of(HypervisorType.KVM, HypervisorType.VMWARE, HypervisorType.CUSTOM),
            HypervisorType::names,
            HypervisorType::shownAs);

    private final TypeRegistry<HypervisorType> registry;

    private HypervisorTypes(TypeRegistry<HypervisorType> registry) {
        this.registry = registry;
    }

    /** Returns a registry without types. */
    public static HypervisorTypes empty() {
        return new HypervisorTypes(new TypeRegistry<>(KIND));
    }

    /** Returns a registry with {@link HypervisorType#CUSTOM}, the one type that is there without a plug-in. */
    public static HypervisorTypes standard() {
        return new HypervisorTypes(new TypeRegistry<>(KIND).withBuiltIn(HypervisorType.CUSTOM));
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
        return registry.register(type, provider);
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
        return registry.replace(type, provider);
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
        return registry.rename(type, displayName);
    }

    /** Returns the type with that id, alias or display name, in any case. */
    public Optional<HypervisorType> find(String name) {
        return registry.find(name);
    }

    /**
     * Returns the type with that id, alias or display name, in any case.
     *
     * @throws DriverException with {@code NOT_FOUND}, naming the known ids and the nearest of them
     */
    public HypervisorType require(String name) {
        return registry.require(name);
    }

    /**
     * Returns what a stored id stands for now; never fails, so that what is stored can always be loaded. Display names do not
     * count: one that looks like the id of an absent plug-in must not take over what belongs to it.
     */
    public ResolvedType resolve(String storedId) {
        return registry.resolve(storedId, ResolvedType.Known::new, ResolvedType.Unknown::new);
    }

    /** Returns every registered type, by id. To offer a choice, ask for what the choice needs: {@link #offering}. */
    public List<HypervisorType> list() {
        return registry.list();
    }

    /** Returns every registered type and then, by id, each stored id that no plug-in brings. */
    public List<ResolvedType> listWith(Collection<String> storedIds) {
        return registry.listWith(storedIds, ResolvedType.Known::new, ResolvedType.Unknown::new);
    }

    /** Returns the types that offer all of these features, by id. */
    public List<HypervisorType> offering(HypervisorFeature... features) {
        Set<HypervisorFeature> wanted = Set.of(features);
        return registry.matching(type -> type.features().offered().containsAll(wanted));
    }

    /** Returns the types whose templates may come in that format, by id. */
    public List<HypervisorType> takingTemplates(ImageFormat format) {
        return registry.matching(type -> type.templates().contains(format));
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
        return registry.provider(type);
    }

    TypeRegistry<HypervisorType> registry() {
        return registry;
    }
}
