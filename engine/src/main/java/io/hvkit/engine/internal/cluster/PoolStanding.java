package io.hvkit.engine.internal.cluster;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Membership;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.util.Optional;

/** Whether a pool takes anything new: what an operator decided of it, and of its parent. */
public final class PoolStanding {

    private PoolStanding() {}

    /** Returns why a pool takes nothing new, as the end of a sentence that begins with its name; nothing if it does. */
    public static Optional<String> against(PoolRecord pool, Optional<PoolRecord> parent) {
        if (pool.standing() != Standing.ENABLED) {
            return Optional.of("is " + words(pool.standing()));
        }
        Optional<String> closed = parent.filter(of -> of.standing() != Standing.ENABLED)
                .map(of -> "belongs to " + of.name() + ", which is " + words(of.standing()));
        return closed.or(() -> pool.membership()
                .filter(of -> of.absences() > 0)
                .map(of -> "was not seen in " + parent.map(PoolRecord::name).orElse("its parent")
                        + " when that was looked at last"));
    }

    /** Returns the parent of a pool, if it has one. */
    public static Optional<PoolRecord> parent(Transaction transaction, PoolRecord pool) {
        return pool.membership().map(Membership::parent).flatMap(transaction.pools()::find);
    }

    /**
     * Looks that a pool takes something new.
     *
     * @param what what it is to take, such as {@code volumes}
     * @throws DriverException with {@code EXHAUSTED} if it does not, naming why; with {@code UNSUPPORTED} if it is a parent
     */
    public static PoolRecord requireOpen(Transaction transaction, PoolRecord pool, String what) {
        if (!transaction.pools().where(PoolRecord.PARENT, pool.id()).isEmpty()) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "pool %s is a parent of pools, which take %s in its place; name one of them",
                            pool.name(), what);
        }
        against(pool, parent(transaction, pool)).ifPresent(reason -> {
            throw DriverException.because(Failure.EXHAUSTED)
                    .effect(Effect.NOT_APPLIED)
                    .message("pool %s takes no new %s, it %s", pool.name(), what, reason);
        });
        return pool;
    }

    private static String words(Standing standing) {
        return switch (standing) {
            case ENABLED -> "in use";
            case MAINTENANCE -> "in maintenance";
            case DISABLED -> "out of use";
        };
    }
}
