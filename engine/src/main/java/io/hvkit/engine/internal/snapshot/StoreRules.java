package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.internal.cluster.PoolStanding;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.StoragePool;

/** What a pool must be to keep layers. */
final class StoreRules {

    private StoreRules() {}

    /**
     * Looks that a store takes something new, and is another pool than the volume's.
     *
     * @param volume the volume, for people
     * @param pool where the volume is
     */
    static void requireOther(Transaction transaction, PoolRecord store, String volume, RecordId<PoolRecord> pool) {
        PoolRecord open = PoolStanding.requireOpen(transaction, store, "backups");
        if (open.id().equals(pool)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "volume %s is in pool %s itself, and whatever takes that takes both; name another store",
                            volume, open.name());
        }
    }

    /**
     * Looks that a store makes such images as layers are.
     *
     * @param what what is to be kept, for people
     */
    static void requireLayers(Ground ground, PoolRecord store, TakePlan.Secrecy secrecy, String what)
            throws InterruptedException {
        StoragePool open = ground.connections().pool(store);
        boolean isEncrypted = secrecy == TakePlan.Secrecy.ENCRYPTED;
        boolean encrypts = open.encryption()
                .match(none -> false, luks -> !open.encryption().needsHeader(), own -> false);
        if (!open.formats().contains(ImageFormat.QCOW2) || (isEncrypted && !encrypts)) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "pool %s makes no %s images, which is what %s are; name another store",
                            store.name(), isEncrypted ? "encrypted qcow2" : "qcow2", what);
        }
    }
}
