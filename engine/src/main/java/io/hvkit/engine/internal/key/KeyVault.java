package io.hvkit.engine.internal.key;

import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.CredentialRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.engine.key.KeyProvider;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * The keys of volumes: stored before their first use, opened when they are needed, and destroyed when nothing has needed them for a while.
 */
public final class KeyVault {

    private static final int PAGE = 100;

    private final Catalog catalog;
    private final KeyProvider provider;
    private final InstantSource clock;

    /** Makes one over a catalog; neither the catalog nor the provider is closed here. */
    public KeyVault(Catalog catalog, KeyProvider provider, InstantSource clock) {
        this.catalog = catalog;
        this.provider = provider;
        this.clock = clock;
    }

    /**
     * Makes a key of 256 random bits and stores it under that id, unless there is one already, as after a crash. It is opened again before
     * this returns, so that nothing is ever encrypted with a key that the catalog and the provider cannot give back.
     */
    public KeyRecord create(RecordId<KeyRecord> id) throws InterruptedException {
        Optional<KeyRecord> known =
                catalog.inTransaction(transaction -> transaction.keys().find(id));
        KeyRecord kept = known.isPresent() ? known.get() : store(id);
        open(kept).close();
        return kept;
    }

    /**
     * Wraps a secret under that id without storing it, for a transaction that stores it together with what refers to it. It is unwrapped again
     * before this returns.
     *
     * @param secret lent for the length of the call
     */
    public KeyRecord wrapped(RecordId<KeyRecord> id, Secret secret) throws InterruptedException {
        KeyProvider.Wrapping wrapping = provider.wrap(secret, binding(id));
        KeyRecord fresh = new KeyRecord(
                id,
                0,
                KeyRecord.State.ACTIVE,
                wrapping.masterKey(),
                wrapping.bytes(),
                clock.instant(),
                Optional.empty());
        try (Secret again = open(fresh)) {
            if (!again.matches(secret)) {
                throw DriverException.because(Failure.DEFECT)
                        .effect(Effect.NOT_APPLIED)
                        .message("key %s came back as another one; it was not used", id);
            }
        }
        return fresh;
    }

    /**
     * Keeps a secret that somebody else has given, so that whoever goes on after a crash has it. It counts as retired until it is {@linkplain
     * #claim claimed}, so that nobody need remove it if that never comes.
     *
     * @param secret lent for the length of the call
     * @throws DriverException with {@code EXISTS_DIFFERENTLY} if another secret is kept under that id, or was and is destroyed
     */
    public KeyRecord keep(RecordId<KeyRecord> id, Secret secret) throws InterruptedException {
        KeyRecord fresh = wrapped(id, secret).retired(clock.instant());
        KeyRecord kept = catalog.inTransaction(transaction ->
                transaction.keys().find(id).orElseGet(() -> transaction.keys().insert(fresh)));
        if (kept.state() == KeyRecord.State.DESTROYED) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "the key that was given when this was asked for first is destroyed by now, so that nobody can tell whether"
                                    + " this is the same; find that job by its id, or ask under another idempotency key");
        }
        try (Secret again = open(require(id))) {
            if (!again.matches(secret)) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .effect(Effect.NOT_APPLIED)
                        .message(
                                "another key was given when this was asked for first; give the same again, or ask under another"
                                        + " idempotency key");
            }
        }
        return kept;
    }

    /** Whoever comes second, as another engine that does the same work at once, gets the key of the first. */
    private KeyRecord store(RecordId<KeyRecord> id) throws InterruptedException {
        try (Secret key = Secret.random()) {
            KeyRecord fresh = wrapped(id, key);
            KeyRecord kept = catalog.inTransaction(transaction -> transaction
                    .keys()
                    .find(id)
                    .orElseGet(() -> transaction.keys().insert(fresh)));
            boolean isOurs = kept.wrapped().equals(fresh.wrapped());
            try (Secret again = open(require(id))) {
                if (isOurs && !again.matches(key)) {
                    throw DriverException.because(Failure.DEFECT)
                            .effect(Effect.NOT_APPLIED)
                            .message("key %s came back as another one; it was not used", id);
                }
            }
            return kept;
        }
    }

    /**
     * Opens a key; the caller closes it.
     *
     * @throws DriverException with {@code NOT_FOUND} if there is no such key or it was destroyed, and as the provider does
     */
    public Secret open(RecordId<KeyRecord> id) throws InterruptedException {
        return open(require(id));
    }

    private Secret open(KeyRecord key) throws InterruptedException {
        if (key.state() == KeyRecord.State.DESTROYED) {
            throw DriverException.because(Failure.NOT_FOUND)
                    .message("key %s was destroyed; nothing it encrypted can be read", key.id());
        }
        return provider.unwrap(new KeyProvider.Wrapping(key.masterKey(), key.wrapped()), binding(key.id()));
    }

    private KeyRecord require(RecordId<KeyRecord> id) throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.keys().require(id));
    }

    /** Retires a key unless something refers to it; for the transaction that removed such a reference. */
    public void release(Transaction transaction, RecordId<KeyRecord> id) {
        transaction
                .keys()
                .find(id)
                .filter(key -> key.state() == KeyRecord.State.ACTIVE && isUnused(transaction, id))
                .ifPresent(key -> transaction.keys().update(key.retired(clock.instant())));
    }

    /** Makes a key count as needed again; for the transaction that adds a reference to it. */
    public void claim(Transaction transaction, RecordId<KeyRecord> id) {
        KeyRecord key = transaction.keys().require(id);
        if (key.state() == KeyRecord.State.DESTROYED) {
            throw DriverException.because(Failure.NOT_FOUND).message("key %s was destroyed", id);
        }
        if (key.state() == KeyRecord.State.RETIRED) {
            transaction.keys().update(key.active());
        }
    }

    /** Destroys the keys that nothing has needed for {@code grace}; returns which. */
    public List<RecordId<KeyRecord>> destroyRetired(Duration grace) throws InterruptedException {
        Instant before = clock.instant().minus(grace);
        return catalog.inTransaction(
                transaction -> transaction.keys().where(KeyRecord.STATE, KeyRecord.State.RETIRED).stream()
                        .filter(key -> key.retiredAt().filter(before::isAfter).isPresent())
                        .filter(key -> isUnused(transaction, key.id()))
                        .map(key -> transaction.keys().update(key.destroyed()).id())
                        .toList());
    }

    /**
     * Wraps every key with the master key that counts now. What others do meanwhile is left to them, and what is done stays done if this
     * is interrupted; run it again then.
     *
     * @return how many keys were wrapped anew
     */
    public int rewrap() throws InterruptedException {
        String current = provider.currentMasterKey();
        int done = 0;
        Optional<RecordId<KeyRecord>> last = Optional.empty();
        List<KeyRecord> page;
        do {
            Optional<RecordId<KeyRecord>> after = last;
            page = catalog.inTransaction(transaction -> transaction.keys().page(after, PAGE));
            for (KeyRecord key : page) {
                if (key.state() != KeyRecord.State.DESTROYED && !key.masterKey().equals(current)) {
                    done += rewrap(key) ? 1 : 0;
                }
                last = Optional.of(key.id());
            }
        } while (page.size() == PAGE);
        return done;
    }

    /** The new wrapping is opened before it takes the place of one that works. */
    private boolean rewrap(KeyRecord key) throws InterruptedException {
        try (Secret secret = open(key)) {
            KeyProvider.Wrapping wrapping = provider.wrap(secret, binding(key.id()));
            try (Secret again = provider.unwrap(wrapping, binding(key.id()))) {
                if (!again.matches(secret)) {
                    throw DriverException.because(Failure.DEFECT)
                            .effect(Effect.NOT_APPLIED)
                            .message("key %s, wrapped by %s, came back as another one", key.id(), wrapping.masterKey());
                }
            }
            return catalog.inTransaction(transaction -> transaction
                    .keys()
                    .find(key.id())
                    .filter(now -> now.wrapped().equals(key.wrapped()))
                    .map(now -> transaction.keys().update(now.rewrapped(wrapping.masterKey(), wrapping.bytes())))
                    .isPresent());
        }
    }

    private static boolean isUnused(Transaction transaction, RecordId<KeyRecord> id) {
        return transaction.volumes().where(VolumeRecord.KEY, id).isEmpty()
                && transaction.volumes().where(VolumeRecord.SECOND_KEY, id).isEmpty()
                && transaction.snapshots().where(SnapshotRecord.KEY, id).isEmpty()
                && transaction.templates().where(TemplateRecord.KEY, id).isEmpty()
                && transaction.backups().where(BackupRecord.KEY, id).isEmpty()
                && transaction.credentials().where(CredentialRecord.KEY, id).isEmpty();
    }

    private static String binding(RecordId<KeyRecord> id) {
        return "key/" + id;
    }
}
