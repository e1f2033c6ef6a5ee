package io.hvkit.engine.internal.placement;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.VolumeRecord.Second;
import io.hvkit.core.ByteSize;
import io.hvkit.engine.internal.cluster.PoolStanding;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a pool may promise to one more volume, as it was seen at one moment. Whoever takes it looks again in the transaction that records the volume:
 * so two that choose at once do not get the same room. Where one was made meanwhile, the pool is to be asked again.
 *
 * @param pool the pool
 * @param taken how much the volume takes there
 * @param left how much the pool could promise when it was asked
 * @param known the copies that were recorded before it was asked, and so are counted in that, with their sizes
 */
public record PoolRoom(RecordId<PoolRecord> pool, ByteSize taken, ByteSize left, Map<String, ByteSize> known) {

    /** Copies the map. */
    public PoolRoom {
        known = Map.copyOf(known);
    }

    /** Returns whether the pool takes volumes still, and has the room beside what was recorded since it was asked. */
    public boolean isLeft(Transaction transaction) {
        return transaction
                        .pools()
                        .find(pool)
                        .filter(found -> isOpen(transaction, found))
                        .isPresent()
                && !wasOneMadeSince(transaction)
                && Figures.big(taken).add(since(transaction)).compareTo(Figures.big(left)) <= 0;
    }

    private static boolean isOpen(Transaction transaction, PoolRecord pool) {
        return PoolStanding.against(pool, PoolStanding.parent(transaction, pool))
                .isEmpty();
    }

    /** While one is being made it counts as large as its pool said that it will be; what is made takes what the pool knows, which must be asked again. */
    private boolean wasOneMadeSince(Transaction transaction) {
        return transaction.volumes().where(VolumeRecord.POOL, pool).stream()
                .anyMatch(volume -> volume.state() != VolumeRecord.State.CREATING && !known.containsKey(first(volume)));
    }

    private BigInteger since(Transaction transaction) {
        BigInteger since = BigInteger.ZERO;
        for (Map.Entry<String, ByteSize> copy : recorded(transaction, pool).entrySet()) {
            ByteSize before = known.getOrDefault(copy.getKey(), ByteSize.ZERO);
            BigInteger more = Figures.big(copy.getValue()).subtract(Figures.big(before));
            since = since.add(more.max(BigInteger.ZERO));
        }
        return since;
    }

    /** Returns the copies of volumes that are recorded in a pool, there or on their way, with their sizes. */
    static Map<String, ByteSize> recorded(Transaction transaction, RecordId<PoolRecord> pool) {
        Map<String, ByteSize> copies = new HashMap<>();
        for (VolumeRecord volume : transaction.volumes().where(VolumeRecord.POOL, pool)) {
            copies.put(first(volume), volume.size());
        }
        for (VolumeRecord volume : transaction.volumes().where(VolumeRecord.SECOND_POOL, pool)) {
            Optional<Second> copy = volume.second().filter(PoolRoom::isCopy);
            copy.ifPresent(second -> copies.put(volume.id() + " second", volume.size()));
        }
        return copies;
    }

    private static String first(VolumeRecord volume) {
        return volume.id() + " first";
    }

    /** Another key of the same bytes takes no room. */
    private static boolean isCopy(Second second) {
        return second.role() == Second.Role.INCOMING || second.role() == Second.Role.OUTGOING;
    }
}
