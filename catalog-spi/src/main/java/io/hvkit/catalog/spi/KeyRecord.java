package io.hvkit.catalog.spi;

import java.time.Instant;
import java.util.Optional;

/**
 * The key of a volume, or another secret, wrapped by a master key: nothing here opens anything without that one. While a volume, snapshot,
 * template, backup or credential refers to it, it cannot be removed.
 *
 * @param id its id, which its wrapping is bound to
 * @param version see {@link CatalogRecord#version}
 * @param state whether it may be used
 * @param masterKey which master key wraps it, as the provider names that one and its version; empty once it is destroyed
 * @param wrapped the wrapped key; empty once it is destroyed
 * @param createdAt when it was made
 * @param retiredAt when the last thing that needed it went, if nothing needs it
 */
public record KeyRecord(
        RecordId<KeyRecord> id,
        long version,
        State state,
        String masterKey,
        WrappedBytes wrapped,
        Instant createdAt,
        Optional<Instant> retiredAt)
        implements CatalogRecord<KeyRecord> {

    /** Whether a key may be used. */
    public enum State {
        /** Something needs it, or is about to. */
        ACTIVE,
        /** Nothing needs it; it is kept for a while, so that a mistake can be undone. */
        RETIRED,
        /** Its bytes are gone, and what it opened is lost for good; the record says that there was one. */
        DESTROYED
    }

    /**
     * Checks the name of the master key.
     *
     * @throws IllegalArgumentException if it is longer than a name, or not {@linkplain Catalog as texts must be}
     */
    public KeyRecord {
        if (!masterKey.isEmpty()) {
            Texts.name("the name of a master key", masterKey);
        }
    }

    /** By state. */
    public static final Field<KeyRecord, State> STATE = Field.of("state", KeyRecord::state);

    /** By master key. */
    public static final Field<KeyRecord, String> MASTER_KEY = Field.of("masterKey", KeyRecord::masterKey);

    /** Returns this key, wrapped by another master key. */
    public KeyRecord rewrapped(String otherMasterKey, WrappedBytes otherBytes) {
        return new KeyRecord(id, version, state, otherMasterKey, otherBytes, createdAt, retiredAt);
    }

    /** Returns this key as one that nothing needs since {@code when}. */
    public KeyRecord retired(Instant when) {
        return new KeyRecord(id, version, State.RETIRED, masterKey, wrapped, createdAt, Optional.of(when));
    }

    /** Returns this key as one that is needed. */
    public KeyRecord active() {
        return new KeyRecord(id, version, State.ACTIVE, masterKey, wrapped, createdAt, Optional.empty());
    }

    /** Returns this key without its bytes. */
    public KeyRecord destroyed() {
        return new KeyRecord(id, version, State.DESTROYED, "", WrappedBytes.NONE, createdAt, retiredAt);
    }

    @Override
    public KeyRecord withVersion(long other) {
        return new KeyRecord(id, other, state, masterKey, wrapped, createdAt, retiredAt);
    }
}
