package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.HostId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import java.util.EnumSet;
import java.util.Set;

/** The uses of a volume by hosts that were lent it for the time of some work. */
final class LentUses {

    private static final Set<Reason> LENT = EnumSet.of(Reason.COPY, Reason.MAINTENANCE);

    private LentUses() {}

    /**
     * Ends those that an operation has left that could not give the volume back. The caller holds the volume, so none that is under way needs
     * one of them. What machines have stays, and so do uses of hosts that the inventory does not know: somebody else asked for them.
     */
    static Facts end(Ground ground, RecordId<VolumeRecord> id) throws InterruptedException {
        VolumeRecord volume = ground.volume(id);
        StoragePool pool = ground.pool(volume.place().pool());
        VolumeId there = Ground.external(volume);
        int ended = 0;
        for (VolumeUse use : pool.uses(there)) {
            if (LENT.contains(use.reason()) && isKnown(ground, use.host())) {
                ground.devices().go(pool, there, use.host(), use.reason());
                ended++;
            }
        }
        return Facts.of("ended", ended);
    }

    private static boolean isKnown(Ground ground, HostId host) throws InterruptedException {
        return ground.catalog()
                .inTransaction(transaction -> transaction.hosts().find(new RecordId<HostRecord>(host.value())))
                .isPresent();
    }
}
