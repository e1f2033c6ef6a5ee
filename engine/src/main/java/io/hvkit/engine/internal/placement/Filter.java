package io.hvkit.engine.internal.placement;

import io.hvkit.engine.placement.PlacementPolicy;
import io.hvkit.engine.placement.PoolRejection;
import io.hvkit.engine.placement.VolumeQuery;
import java.time.Instant;
import java.util.Optional;

/** Judges pools by one thing. Pure. */
@FunctionalInterface
interface Filter {

    /**
     * What pools are judged by.
     *
     * @param query what is wanted
     * @param policy what an operator wants
     * @param at what time it is
     */
    record Measure(VolumeQuery query, PlacementPolicy policy, Instant at) {}

    /** Returns what speaks against a pool, if something does. */
    Optional<PoolRejection> against(Measure measure, PoolFacts facts);
}
