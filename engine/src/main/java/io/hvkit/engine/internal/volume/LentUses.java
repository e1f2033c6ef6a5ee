package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.HostId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import java.util.EnumSet;
import java.util.Set;

/** The uses by hosts that were lent a volume, or a template's copy, for the time of some work. */
public final class LentUses {

    private static final Set<Reason> LENT = EnumSet.of(Reason.COPY, Reason.MAINTENANCE);

    private LentUses() {}

    /**
     * Ends those that an operation has left that could not give it back, and returns how many. The caller holds it, so none that is under way
     * needs one of them. What machines have stays, and so do uses of hosts that the inventory does not know: somebody else asked for them.
     */
    public static int end(Ground ground, StoragePool pool, VolumeId there) throws InterruptedException {
        int ended = 0;
        for (VolumeUse use : pool.uses(there)) {
            if (LENT.contains(use.reason()) && isKnown(ground, use.host())) {
                ground.devices().go(pool, there, use.host(), use.reason());
                ended++;
            }
        }
        return ended;
    }

    static boolean isKnown(Ground ground, HostId host) throws InterruptedException {
        return ground.catalog()
                .inTransaction(transaction -> transaction.hosts().find(new RecordId<HostRecord>(host.value())))
                .isPresent();
    }
}
