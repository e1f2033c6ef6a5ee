package io.hvkit.engine.internal.placement;

import io.hvkit.core.ByteSize;
import io.hvkit.engine.placement.PlacementPolicy;
import io.hvkit.engine.placement.Ratio;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.PoolTrait;
import java.math.BigInteger;

/**
 * What a pool has promised, and what it may.
 *
 * @param promised what its volumes may grow to, those that are expected included; of a pool that promises no more than it has, at least what
 *     is in use
 * @param promisable its capacity, as many times as it is overcommitted, in millionths of a byte
 */
record Room(BigInteger promised, BigInteger promisable) {

    private static final BigInteger WHOLE = BigInteger.valueOf(Ratio.WHOLE);

    static Room of(PoolFacts facts, PoolAnswer answer) {
        PoolStatistics statistics = answer.statistics();
        BigInteger provisioned = Figures.big(statistics.provisioned());
        BigInteger there =
                facts.has(PoolTrait.OVERPROVISIONS) ? provisioned : provisioned.max(Figures.big(statistics.used()));
        return new Room(
                there.add(Figures.big(facts.load().expected())),
                Figures.big(statistics.capacity()).multiply(Figures.big(facts.overcommit())));
    }

    /** Returns what it may promise besides, under a policy. */
    ByteSize left(PlacementPolicy policy) {
        BigInteger limit = promisable
                .multiply(Figures.big(policy.allocated()))
                .divide(WHOLE)
                .divide(WHOLE);
        return Figures.size(limit.subtract(promised));
    }

    /** Compares by the share that is promised, the smaller first; where nothing can be promised, all is. */
    int compareShare(Room other) {
        if (promisable.signum() == 0 || other.promisable.signum() == 0) {
            return Integer.compare(other.promisable.signum(), promisable.signum());
        }
        return promised.multiply(other.promisable).compareTo(other.promised.multiply(promisable));
    }

    /** Returns the share that is promised, for people. */
    String words() {
        return Figures.percent(promised.multiply(WHOLE), promisable) + " of "
                + Figures.there(Figures.size(promisable.divide(WHOLE))) + " are allocated";
    }
}
