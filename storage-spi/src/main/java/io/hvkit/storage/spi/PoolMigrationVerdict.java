package io.hvkit.storage.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;
import java.util.concurrent.CancellationException;
import java.util.function.Function;

/** How a move to another pool ended, read back from the storage. Closed: a new case is a new major version. */
@Incubating(since = "0.1")
public sealed interface PoolMigrationVerdict {

    /** All of the volume was seen in that pool. */
    record Moved(PoolId pool) implements PoolMigrationVerdict {}

    /**
     * The volume is where it was.
     *
     * @param failure the portable reason, which says what can be done
     * @param reason what the storage said, or what was seen
     */
    record Failed(Failure failure, String reason) implements PoolMigrationVerdict {}

    /** The volume is where it was, because somebody asked for it. */
    record RolledBack() implements PoolMigrationVerdict {}

    /**
     * Nobody knows of the move any more. It did not succeed; the volume must be looked for in both pools.
     *
     * @param evidence what was seen
     */
    record Vanished(String evidence) implements PoolMigrationVerdict {}

    /** Answers for whichever case this is; the compiler sees to it that none is left out. */
    default <R> R match(
            Function<? super Moved, ? extends R> moved,
            Function<? super Failed, ? extends R> failed,
            Function<? super RolledBack, ? extends R> rolledBack,
            Function<? super Vanished, ? extends R> vanished) {
        if (this instanceof Moved m) {
            return moved.apply(m);
        }
        if (this instanceof Failed f) {
            return failed.apply(f);
        }
        if (this instanceof RolledBack r) {
            return rolledBack.apply(r);
        }
        return vanished.apply((Vanished) this);
    }

    /**
     * Returns the pool if the volume moved.
     *
     * @throws DriverException if it failed or vanished; the effect is {@code NOT_APPLIED} or {@code UNKNOWN}
     * @throws CancellationException if it was rolled back
     */
    default PoolId orThrow() {
        return match(
                Moved::pool,
                failed -> {
                    throw DriverException.because(failed.failure())
                            .effect(Effect.NOT_APPLIED)
                            .message("the move failed, the volume is where it was: %s", failed.reason());
                },
                rolledBack -> {
                    throw new CancellationException("the move was rolled back, the volume is where it was");
                },
                vanished -> {
                    throw DriverException.because(Failure.UNREACHABLE)
                            .effect(Effect.UNKNOWN)
                            .message(
                                    "the move is gone without a word; look for the volume in both pools: %s",
                                    vanished.evidence());
                });
    }
}
