package io.hvkit.catalog.spi;

import java.util.Optional;

/**
 * A secret with which a host or a pool is opened, such as a password: the value of an option that is secret. The secret itself is wrapped as
 * keys of volumes are.
 *
 * @param id its id, which follows from what it is for: so there is at most one for each option of a host or pool
 * @param version see {@link CatalogRecord#version}
 * @param host the host that is opened with it, if it is one
 * @param pool the pool that is opened with it, if it is one
 * @param option the name of the option
 * @param key where the secret is
 */
public record CredentialRecord(
        RecordId<CredentialRecord> id,
        long version,
        Optional<RecordId<HostRecord>> host,
        Optional<RecordId<PoolRecord>> pool,
        String option,
        RecordId<KeyRecord> key)
        implements CatalogRecord<CredentialRecord> {

    /**
     * Checks the name, and that it is for one thing.
     *
     * @throws IllegalArgumentException if it is for both or neither, or the name is not {@linkplain Catalog as texts must be}
     */
    public CredentialRecord {
        Texts.name("the name of an option", option);
        if (host.isPresent() == pool.isPresent()) {
            throw new IllegalArgumentException(
                    "a credential is for a host or for a pool, and " + id + " is for both or neither");
        }
    }

    /** By host. */
    public static final Field<CredentialRecord, RecordId<HostRecord>> HOST =
            Field.optional("host", CredentialRecord::host);

    /** By pool. */
    public static final Field<CredentialRecord, RecordId<PoolRecord>> POOL =
            Field.optional("pool", CredentialRecord::pool);

    /** By key. */
    public static final Field<CredentialRecord, RecordId<KeyRecord>> KEY = Field.of("key", CredentialRecord::key);

    /** Returns a credential of a host that is not kept yet. */
    public static CredentialRecord ofHost(RecordId<HostRecord> host, String option, RecordId<KeyRecord> key) {
        return new CredentialRecord(id("host", host, option), 0, Optional.of(host), Optional.empty(), option, key);
    }

    /** Returns a credential of a pool that is not kept yet. */
    public static CredentialRecord ofPool(RecordId<PoolRecord> pool, String option, RecordId<KeyRecord> key) {
        return new CredentialRecord(id("pool", pool, option), 0, Optional.empty(), Optional.of(pool), option, key);
    }

    private static RecordId<CredentialRecord> id(String kind, RecordId<?> owner, String option) {
        return Digests.idOf(kind + " " + owner + " " + option);
    }

    /** Returns this credential with another secret. */
    public CredentialRecord keptAs(RecordId<KeyRecord> other) {
        return new CredentialRecord(id, version, host, pool, option, other);
    }

    @Override
    public CredentialRecord withVersion(long other) {
        return new CredentialRecord(id, other, host, pool, option, key);
    }
}
