package io.hvkit.storage.spi;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A kind of pool. An open set: a plug-in brings its own by calling {@link #named}, nobody edits an enum for it. Two types are
 * equal exactly when their ids are.
 */
public final class StoragePoolType {

    private static final Pattern ID = Pattern.compile("[a-z][a-z0-9-]{0,63}");

    /** A directory on one host. */
    public static final StoragePoolType LOCAL_DIRECTORY = named(
                    "local-directory", PoolTrait.FILES, PoolTrait.OVERPROVISIONS)
            .encryptedBy(EncryptionSupport.HYPERVISOR_LUKS);

    private record Fields(String id, Set<PoolTrait> traits, EncryptionSupport encryption) {}

    private final Fields fields;

    private StoragePoolType(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns a type whose volumes cannot be encrypted.
     *
     * @param id lower-case and stable; it is what databases and configuration files say
     * @param traits what callers may rely on, none if nothing
     * @throws IllegalArgumentException if the id is not of {@code a-z}, {@code 0-9} and {@code -}, or the traits contradict
     */
    public static StoragePoolType named(String id, PoolTrait... traits) {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "a pool type's id has 1 to 64 of a-z, 0-9 and -, the first a letter: '%s'", id));
        }
        EnumSet<PoolTrait> set = EnumSet.noneOf(PoolTrait.class);
        set.addAll(Set.of(traits));
        if (set.contains(PoolTrait.FILES) && set.contains(PoolTrait.BLOCK_DEVICES)) {
            throw new IllegalArgumentException(id + " cannot keep volumes both as files and as block devices");
        }
        return new StoragePoolType(new Fields(id, Set.copyOf(set), EncryptionSupport.NONE));
    }

    /** Returns this type with somebody to encrypt its volumes. */
    public StoragePoolType encryptedBy(EncryptionSupport support) {
        return new StoragePoolType(new Fields(fields.id, fields.traits, support));
    }

    /** Returns the stable id. */
    public String id() {
        return fields.id;
    }

    /** Returns whether callers may rely on {@code trait}. */
    public boolean has(PoolTrait trait) {
        return fields.traits.contains(trait);
    }

    /** Returns who encrypts volumes; a hint, since an open pool may be able to do less. */
    public EncryptionSupport encryption() {
        return fields.encryption;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StoragePoolType that && fields.id.equals(that.fields.id);
    }

    @Override
    public int hashCode() {
        return fields.id.hashCode();
    }

    @Override
    public String toString() {
        return fields.id;
    }
}
