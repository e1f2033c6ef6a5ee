package io.hvkit.storage.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Provider;
import io.hvkit.core.internal.TypeKind;
import io.hvkit.core.internal.TypeRegistry;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The pool types of one host process. An object, not a global; any number of threads may share it, and each answer is true of one
 * moment. Ids, aliases and display names are one space of names, compared without regard to case, width and blanks in the same
 * way whatever the locale. No type can take a name of another one, nor of the types that {@link StoragePoolType} names, whether
 * their plug-ins are here or not.
 */
public final class StoragePoolTypes {

    private static final TypeKind<StoragePoolType> KIND = new TypeKind<>(
            StoragePoolType.NOUN,
            Provider.of(StoragePoolType.class),
            List.of(
                    StoragePoolType.LOCAL_DIRECTORY,
                    StoragePoolType.NFS,
                    StoragePoolType.SHARED_MOUNT_POINT,
                    StoragePoolType.POWERFLEX),
            StoragePoolType::names,
            StoragePoolType::shownAs);

    private final TypeRegistry<StoragePoolType> registry = new TypeRegistry<>(KIND);

    private StoragePoolTypes() {}

    /** Returns a registry without types: each comes with its plug-in. */
    public static StoragePoolTypes empty() {
        return new StoragePoolTypes();
    }

    /**
     * Adds a type and returns it as it is registered.
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
    public StoragePoolType register(StoragePoolType type, Class<?> provider) {
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
    public StoragePoolType replace(StoragePoolType type, Class<?> provider) {
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
    public StoragePoolType rename(StoragePoolType type, String displayName) {
        return registry.rename(type, displayName);
    }

    /** Returns the type with that id, alias or display name, in any case. */
    public Optional<StoragePoolType> find(String name) {
        return registry.find(name);
    }

    /**
     * Returns the type with that id, alias or display name, in any case.
     *
     * @throws DriverException with {@code NOT_FOUND}, naming the known ids and the nearest of them
     */
    public StoragePoolType require(String name) {
        return registry.require(name);
    }

    /**
     * Returns what a stored id stands for now; never fails, so that what is stored can always be loaded. Display names do not
     * count: one that looks like the id of an absent plug-in must not take over what belongs to it.
     */
    public ResolvedPoolType resolve(String storedId) {
        return registry.resolve(storedId, ResolvedPoolType.Known::new, ResolvedPoolType.Unknown::new);
    }

    /** Returns every registered type, by id. To offer a choice, ask for what the choice needs: {@link #having}. */
    public List<StoragePoolType> list() {
        return registry.list();
    }

    /** Returns every registered type and then, by id, each stored id that no plug-in brings. */
    public List<ResolvedPoolType> listWith(Collection<String> storedIds) {
        return registry.listWith(storedIds, ResolvedPoolType.Known::new, ResolvedPoolType.Unknown::new);
    }

    /** Returns the types that have all of these traits, by id. */
    public List<StoragePoolType> having(PoolTrait... traits) {
        Set<PoolTrait> wanted = Set.of(traits);
        return registry.matching(type -> type.traits().containsAll(wanted));
    }

    /** Returns the types that may be able to encrypt volumes, by id; whether a pool can, it says itself when it is open. */
    public List<StoragePoolType> encrypting() {
        return registry.matching(type -> !type.encryption().equals(EncryptionSupport.none()));
    }

    /**
     * Returns who brings a type.
     *
     * @throws DriverException with {@code NOT_FOUND} if it is not registered
     */
    public Provider provider(StoragePoolType type) {
        return registry.provider(type);
    }

    TypeRegistry<StoragePoolType> registry() {
        return registry;
    }
}
