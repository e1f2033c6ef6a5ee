package io.hvkit.examples.storage;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.WrappedBytes;
import io.hvkit.core.Secret;
import io.hvkit.engine.key.KeyProvider;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Somebody with the catalog and the master keys, and no engine. */
public final class Auditor implements AutoCloseable {

    private static final int MOST = 100;

    private final Catalog catalog;
    private final KeyProvider masterKeys;

    private Auditor(Catalog catalog, KeyProvider masterKeys) {
        this.catalog = catalog;
        this.masterKeys = masterKeys;
    }

    public static Auditor of(Platform platform) throws InterruptedException {
        return new Auditor(platform.catalog(), KeyProvider.file(platform.masterKeys()));
    }

    /** Opens the key of a volume; the caller closes it. */
    public Secret keyOf(VolumeRecord volume) throws InterruptedException {
        return open(volume.key().orElseThrow());
    }

    /** Opens a key; the caller closes it. */
    public Secret open(RecordId<KeyRecord> id) throws InterruptedException {
        KeyRecord key = catalog.inTransaction(transaction -> transaction.keys().require(id));
        return masterKeys.unwrap(new KeyProvider.Wrapping(key.masterKey(), key.wrapped()), "key/" + id);
    }

    /** Returns a word for each key: its state, and whether there is something to open it with. */
    public List<String> keys() throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.keys().page(Optional.empty(), MOST)).stream()
                .map(key -> key.state() + (key.wrapped().equals(WrappedBytes.NONE) ? "" : " and can be opened"))
                .toList();
    }

    /** Returns the names of the master keys that are needed to open keys. */
    public SortedSet<String> masterKeys() throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.keys().page(Optional.empty(), MOST)).stream()
                .filter(key -> !key.wrapped().equals(WrappedBytes.NONE))
                .map(KeyRecord::masterKey)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Returns the names and states of all volumes. */
    public List<String> volumes() throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.volumes().page(Optional.empty(), MOST)).stream()
                .map(volume -> volume.name() + " " + volume.state())
                .toList();
    }

    /** Returns the layers that the catalog has, of all volumes and in all stores. */
    public List<BackupRecord> layers() throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.backups().page(Optional.empty(), MOST));
    }

    /** Returns which machine has which volume. */
    public List<String> attachments() throws InterruptedException {
        List<AttachmentRecord> all =
                catalog.inTransaction(transaction -> transaction.attachments().page(Optional.empty(), MOST));
        return all.stream().map(use -> use.machine() + " has " + use.volume()).toList();
    }

    @Override
    public void close() {
        masterKeys.close();
        catalog.close();
    }
}
