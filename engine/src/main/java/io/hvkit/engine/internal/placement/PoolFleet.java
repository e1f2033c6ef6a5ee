package io.hvkit.engine.internal.placement;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.engine.internal.placement.Filter.Measure;
import io.hvkit.engine.placement.PlacementPolicy;
import io.hvkit.engine.placement.PoolRejection;
import io.hvkit.engine.placement.PoolRejection.Reason;
import io.hvkit.engine.placement.PoolSelection;
import io.hvkit.engine.placement.PoolSelection.Choice;
import io.hvkit.engine.placement.PoolSelection.Rejected;
import io.hvkit.engine.placement.VolumeQuery;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What is known of pools at one moment. Immutable; answers depend on nothing but this, the question, the policy, the time and the seed. */
public final class PoolFleet {

    private final List<PoolFacts> pools;

    private PoolFleet(List<PoolFacts> pools) {
        this.pools = List.copyOf(pools);
    }

    /**
     * Returns a fleet of these pools.
     *
     * @throws IllegalArgumentException if one is there twice, which would draw two lots
     */
    public static PoolFleet of(List<PoolFacts> pools) {
        Set<RecordId<PoolRecord>> ids = new HashSet<>();
        for (PoolFacts facts : pools) {
            if (!ids.add(facts.pool().id())) {
                throw new IllegalArgumentException("pool " + facts.pool().name() + " is there twice");
            }
        }
        return new PoolFleet(pools);
    }

    /** Answers a question. Candidates are all of these pools, and those that are preferred, be they known or not. */
    public PoolSelection select(VolumeQuery query, PlacementPolicy policy, Instant at, long seed) {
        Measure measure = new Measure(query, policy, at);
        Ranking ranking = new Ranking(query, policy.order(), seed);
        List<PoolFacts> good = new ArrayList<>();
        List<Rejected> bad = new ArrayList<>(unknown(query));
        for (PoolFacts facts : pools) {
            List<PoolRejection> against = against(measure, facts);
            if (against.isEmpty()) {
                good.add(facts);
            } else {
                bad.add(new Rejected(facts.pool().id(), facts.pool().name(), against));
            }
        }
        bad.sort(Comparator.comparing(Rejected::name)
                .thenComparing(rejected -> rejected.pool().value()));
        List<Choice> qualified = ranking.sorted(good).stream()
                .map(facts -> new Choice(facts.pool().id(), facts.pool().name(), ranking.why(facts)))
                .toList();
        return new PoolSelection(query, policy, qualified, bad, seed);
    }

    /** Whom the records speak against nobody has asked, and what it would have said is not held against it. */
    private static List<PoolRejection> against(Measure measure, PoolFacts facts) {
        List<PoolRejection> byRecord = against(RecordFilters.ALL, measure, facts);
        boolean wasLeftInPeace = facts.answer().isEmpty() && facts.trouble().isEmpty() && !byRecord.isEmpty();
        return wasLeftInPeace
                ? byRecord
                : Stream.concat(byRecord.stream(), against(AnswerFilters.ALL, measure, facts).stream())
                        .toList();
    }

    private static List<PoolRejection> against(List<Filter> filters, Measure measure, PoolFacts facts) {
        return filters.stream()
                .map(filter -> filter.against(measure, facts))
                .flatMap(Optional::stream)
                .toList();
    }

    /** Returns whether nothing speaks against a pool. */
    static boolean qualifies(VolumeQuery query, PlacementPolicy policy, Instant at, PoolFacts facts) {
        return against(new Measure(query, policy, at), facts).isEmpty();
    }

    /** Returns whether it is of use to ask a pool how it is. */
    static boolean isWorthAsking(VolumeQuery query, PlacementPolicy policy, PoolFacts facts) {
        return against(RecordFilters.ALL, new Measure(query, policy, Instant.EPOCH), facts)
                .isEmpty();
    }

    private List<Rejected> unknown(VolumeQuery query) {
        Set<RecordId<PoolRecord>> known = new HashSet<>();
        pools.forEach(facts -> known.add(facts.pool().id()));
        return query.preferred().stream()
                .filter(pool -> !known.contains(pool))
                .map(pool -> new Rejected(
                        pool,
                        pool.value(),
                        List.of(new PoolRejection(Reason.UNKNOWN_POOL, "is not known, perhaps removed"))))
                .toList();
    }
}
