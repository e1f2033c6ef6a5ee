package io.hvkit.engine.internal.inventory;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.CredentialRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.Secret;
import io.hvkit.core.SecretSource;
import io.hvkit.engine.internal.key.KeyVault;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The secrets with which hosts and pools are opened: wrapped like the keys of volumes, and unwrapped each time a driver asks. */
public final class Credentials {

    private final Catalog catalog;
    private final KeyVault vault;

    /** Makes them over a catalog. */
    public Credentials(Catalog catalog, KeyVault vault) {
        this.catalog = catalog;
        this.vault = vault;
    }

    /** Returns where the secrets of a host are had from, by the names of the options. */
    public Map<String, SecretSource> of(HostRecord host) throws InterruptedException {
        return sources(catalog.inTransaction(transaction -> of(transaction, host.id())));
    }

    /** Returns where the secrets of a pool are had from, by the names of the options. A child has those of its parent, and its own before them. */
    public Map<String, SecretSource> of(PoolRecord pool) throws InterruptedException {
        return sources(catalog.inTransaction(transaction -> {
            List<CredentialRecord> all = new ArrayList<>();
            pool.membership().ifPresent(of -> all.addAll(ofPool(transaction, of.parent())));
            all.addAll(ofPool(transaction, pool.id()));
            return all;
        }));
    }

    private Map<String, SecretSource> sources(List<CredentialRecord> known) {
        Map<String, SecretSource> sources = new HashMap<>();
        known.forEach(credential -> sources.put(
                credential.option(),
                () -> vault.open(catalog.inTransaction(
                                transaction -> transaction.credentials().require(credential.id()))
                        .key())));
        return sources;
    }

    /** Returns sources of secrets that are lent. */
    public static Map<String, SecretSource> lent(Map<String, Secret> secrets) {
        Map<String, SecretSource> sources = new HashMap<>();
        secrets.forEach((option, secret) -> sources.put(option, SecretSource.of(secret)));
        return sources;
    }

    /** Wraps secrets, each under a key record of its own, which is not stored yet; by the names of the options. */
    public Map<String, KeyRecord> wrapped(Map<String, Secret> secrets) throws InterruptedException {
        Map<String, KeyRecord> wrapped = new HashMap<>();
        for (Map.Entry<String, Secret> secret : secrets.entrySet()) {
            wrapped.put(secret.getKey(), vault.wrapped(RecordId.random(), secret.getValue()));
        }
        return wrapped;
    }

    /** Keeps the secrets of a host that was just added, or that are to take the place of those it has. */
    public void keep(Transaction transaction, HostRecord host, Map<String, KeyRecord> wrapped) {
        wrapped.forEach((option, key) -> keep(
                transaction,
                CredentialRecord.ofHost(
                        host.id(), option, transaction.keys().insert(key).id())));
    }

    /** Keeps the secrets of a pool that was just added, or that are to take the place of those it has. */
    public void keep(Transaction transaction, PoolRecord pool, Map<String, KeyRecord> wrapped) {
        wrapped.forEach((option, key) -> keep(
                transaction,
                CredentialRecord.ofPool(
                        pool.id(), option, transaction.keys().insert(key).id())));
    }

    private void keep(Transaction transaction, CredentialRecord fresh) {
        Optional<CredentialRecord> known = transaction.credentials().find(fresh.id());
        if (known.isEmpty()) {
            transaction.credentials().insert(fresh);
            return;
        }
        transaction.credentials().update(known.get().keptAs(fresh.key()));
        vault.release(transaction, known.get().key());
    }

    /** Forgets the secrets of a host, in the transaction that removes it. */
    public void forget(Transaction transaction, HostRecord host) {
        forget(transaction, of(transaction, host.id()));
    }

    /** Forgets the secrets of a pool, in the transaction that removes it. */
    public void forget(Transaction transaction, PoolRecord pool) {
        forget(transaction, ofPool(transaction, pool.id()));
    }

    private void forget(Transaction transaction, List<CredentialRecord> credentials) {
        credentials.forEach(credential -> {
            transaction.credentials().delete(credential);
            vault.release(transaction, credential.key());
        });
    }

    private static List<CredentialRecord> of(Transaction transaction, RecordId<HostRecord> host) {
        return transaction.credentials().where(CredentialRecord.HOST, host);
    }

    private static List<CredentialRecord> ofPool(Transaction transaction, RecordId<PoolRecord> pool) {
        return transaction.credentials().where(CredentialRecord.POOL, pool);
    }
}
