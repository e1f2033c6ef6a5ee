package io.hvkit.storage.spi;

import io.hvkit.core.internal.TypeNames;
import io.hvkit.storage.spi.EncryptionSupport.HeaderWriter;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * A kind of pool. An open set: a plug-in brings its own by calling {@link #named}, nobody edits an enum for it. Two types are
 * equal exactly when their ids are; the rest may differ between releases, and {@link StoragePoolTypes} says what holds in this
 * process. What a type says is for choosing among pools; what an open pool says is what counts. Immutable. Store the {@link #id},
 * show the {@link #displayName}.
 */
public final class StoragePoolType {

    static final String NOUN = "pool";

    /** A directory on one host. */
    public static final StoragePoolType LOCAL_DIRECTORY = named("local-directory", "Local directory")
            .having(PoolTrait.LOCAL, PoolTrait.FILES, PoolTrait.OVERPROVISIONS)
            .encryptedBy(EncryptionSupport.hypervisorLuks());

    /** A directory that a server exports by NFS. */
    public static final StoragePoolType NFS = named("nfs", "NFS")
            .having(PoolTrait.SHARED, PoolTrait.FILES, PoolTrait.OVERPROVISIONS)
            .encryptedBy(EncryptionSupport.hypervisorLuks());

    /** A directory that the operator mounts on several hosts, whatever the file system. */
    public static final StoragePoolType SHARED_MOUNT_POINT = named("shared-mount-point", "Shared mount point")
            .having(PoolTrait.SHARED, PoolTrait.FILES, PoolTrait.OVERPROVISIONS)
            .encryptedBy(EncryptionSupport.hypervisorLuks());

    /** A storage pool of Dell PowerFlex, which was ScaleIO. */
    public static final StoragePoolType POWERFLEX = named("powerflex", "PowerFlex")
            .alsoKnownAs("scaleio")
            .having(PoolTrait.SHARED, PoolTrait.BLOCK_DEVICES, PoolTrait.OVERPROVISIONS)
            .encryptedBy(EncryptionSupport.hypervisorLuks().withHeaderBy(HeaderWriter.END_POINT));

    private record Fields(TypeNames names, Set<PoolTrait> traits, EncryptionSupport encryption) {}

    private final Fields fields;

    private StoragePoolType(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns a type without aliases and traits, whose volumes cannot be encrypted.
     *
     * @param id 1 to 64 of {@code a-z}, {@code 0-9} and {@code -}, the first a letter; it never changes, since it is what
     *     databases and configuration files say
     * @param displayName what people read: 1 to 64 visible characters, no comma, no blank at either end
     * @throws IllegalArgumentException if one of them is spelt otherwise
     */
    public static StoragePoolType named(String id, String displayName) {
        return new StoragePoolType(new Fields(TypeNames.of(NOUN, id, displayName), Set.of(), EncryptionSupport.none()));
    }

    /**
     * Reads what {@link #toJson} wrote, in this release or another: what this one does not know, be it a member, a trait or a
     * way to encrypt, is left out.
     *
     * @throws IllegalArgumentException if it is no JSON, or no pool type; the message names the place
     */
    public static StoragePoolType fromJson(String json) {
        return PoolTypeJson.read(json);
    }

    /**
     * Returns this type, found under other names too, such as the id it had in an earlier release.
     *
     * @throws IllegalArgumentException if one is not spelt as a display name is
     */
    public StoragePoolType alsoKnownAs(String... aliases) {
        return called(fields.names.alsoKnownAs(aliases));
    }

    /**
     * Returns this type with the traits that callers may rely on, instead of those it had.
     *
     * @throws IllegalArgumentException if two of them contradict each other
     */
    public StoragePoolType having(PoolTrait... traits) {
        EnumSet<PoolTrait> set = EnumSet.noneOf(PoolTrait.class);
        set.addAll(Arrays.asList(traits));
        refuseBoth(set, PoolTrait.FILES, PoolTrait.BLOCK_DEVICES);
        refuseBoth(set, PoolTrait.SHARED, PoolTrait.LOCAL);
        return new StoragePoolType(new Fields(fields.names, Collections.unmodifiableSet(set), fields.encryption));
    }

    private void refuseBoth(Set<PoolTrait> set, PoolTrait one, PoolTrait other) {
        if (set.contains(one) && set.contains(other)) {
            throw new IllegalArgumentException("pool type " + id() + " cannot have both " + one + " and " + other);
        }
    }

    /** Returns this type with somebody to encrypt its volumes. */
    public StoragePoolType encryptedBy(EncryptionSupport support) {
        return new StoragePoolType(new Fields(fields.names, fields.traits, support));
    }

    /**
     * Returns this type with another name for people. In a registry it is {@link StoragePoolTypes#rename} that does so.
     *
     * @throws IllegalArgumentException if it is not spelt as a display name is
     */
    public StoragePoolType shownAs(String displayName) {
        return called(fields.names.shownAs(displayName));
    }

    /** Returns the stable id. */
    public String id() {
        return fields.names.id();
    }

    /** Returns what people read; it may change. */
    public String displayName() {
        return fields.names.displayName();
    }

    /** Returns the other names it is found under, in order. */
    public Set<String> aliases() {
        return fields.names.aliases();
    }

    /** Returns what callers may rely on. */
    public Set<PoolTrait> traits() {
        return fields.traits;
    }

    /** Returns whether callers may rely on {@code trait}. */
    public boolean has(PoolTrait trait) {
        return fields.traits.contains(trait);
    }

    /** Returns who encrypts volumes; a hint, since an open pool may be able to do less or more. */
    public EncryptionSupport encryption() {
        return fields.encryption;
    }

    /** Returns all of this as one line of JSON, for export; {@link #fromJson} reads it. */
    public String toJson() {
        return PoolTypeJson.write(this);
    }

    TypeNames names() {
        return fields.names;
    }

    private StoragePoolType called(TypeNames names) {
        return new StoragePoolType(new Fields(names, fields.traits, fields.encryption));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StoragePoolType that && id().equals(that.id());
    }

    @Override
    public int hashCode() {
        return id().hashCode();
    }

    @Override
    public String toString() {
        return id();
    }
}
