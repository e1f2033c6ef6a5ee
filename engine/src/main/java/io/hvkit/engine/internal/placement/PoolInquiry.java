package io.hvkit.engine.internal.placement;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.engine.internal.placement.PoolFacts.Load;
import io.hvkit.engine.placement.PlacementOrder;
import io.hvkit.engine.placement.PlacementPolicy;
import io.hvkit.engine.placement.PoolSelection;
import io.hvkit.engine.placement.VolumeQuery;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;

/**
 * One question for pools, while it is answered. A pool is asked once, however often it comes into question: one that does not answer costs
 * its driver's time-out. For one thread.
 */
public final class PoolInquiry {

    private final PoolSurvey survey;
    private final Ranking ranking;
    private final PlacementPolicy policy;
    private final Map<RecordId<PoolRecord>, ByteSize> expected;
    private final Map<RecordId<PoolRecord>, PoolFacts> asked = new HashMap<>();

    PoolInquiry(
            PoolSurvey survey, Ranking ranking, PlacementPolicy policy, Map<RecordId<PoolRecord>, ByteSize> expected) {
        this.survey = survey;
        this.ranking = ranking;
        this.policy = policy;
        this.expected = expected;
    }

    /** Answers which pools can take the volume, best first, and what speaks against each other pool of the zone. */
    public PoolSelection explain() throws InterruptedException {
        return selection(survey.toExplain(query()));
    }

    /** Answers which pools can take the volume, best first; of the others it names those within reach, and all of the zone if none can. */
    public PoolSelection qualified() throws InterruptedException {
        PoolSelection found = selection(survey.recorded(survey.withinReach(query())));
        return found.qualified().isEmpty() ? explain() : found;
    }

    /**
     * Returns the pool that {@link #explain} would put first. Pools are looked at in the order in which they would be taken, until one
     * qualifies; where that order is by what they say, all within reach have to say it.
     *
     * @throws DriverException if none qualifies, as {@link PoolSelection#orThrow} says
     */
    public RecordId<PoolRecord> choose() throws InterruptedException {
        List<PoolRecord> candidates = survey.withinReach(query());
        Optional<RecordId<PoolRecord>> best = switch (policy.order()) {
            case RANDOM -> firstByLot(candidates);
            case USER_DISPERSING -> query().owner().isEmpty() ? firstByLot(candidates) : firstByLoad(candidates);
            case FIRST_FIT_LEAST_CONSUMED -> qualified().chosen();
        };
        return best.isPresent() ? best.get() : explain().orThrow();
    }

    /** Nothing need be known of a pool to know its place. */
    private Optional<RecordId<PoolRecord>> firstByLot(List<PoolRecord> candidates) throws InterruptedException {
        PriorityQueue<Ranking.Lot> lots =
                new PriorityQueue<>(candidates.stream().map(ranking::lot).toList());
        for (Ranking.Lot next = lots.poll(); next != null; next = lots.poll()) {
            List<PoolFacts> facts = survey.recorded(List.of(next.pool()));
            for (PoolFacts worth :
                    loaded(facts.stream().filter(this::isWorthAsking).toList())) {
                if (qualifies(ask(worth))) {
                    return Optional.of(next.pool().id());
                }
            }
        }
        return Optional.empty();
    }

    private Optional<RecordId<PoolRecord>> firstByLoad(List<PoolRecord> candidates) throws InterruptedException {
        List<PoolFacts> worth =
                survey.recorded(candidates).stream().filter(this::isWorthAsking).toList();
        for (PoolFacts facts : ranking.sorted(loaded(worth))) {
            if (qualifies(ask(facts))) {
                return Optional.of(facts.pool().id());
            }
        }
        return Optional.empty();
    }

    private PoolSelection selection(List<PoolFacts> recorded) throws InterruptedException {
        List<PoolFacts> pools = new ArrayList<>(
                recorded.stream().filter(facts -> !isWorthAsking(facts)).toList());
        for (PoolFacts facts :
                loaded(recorded.stream().filter(this::isWorthAsking).toList())) {
            pools.add(ask(facts));
        }
        return PoolFleet.of(pools).select(query(), policy, survey.now(), ranking.seed());
    }

    private VolumeQuery query() {
        return ranking.query();
    }

    private boolean isWorthAsking(PoolFacts facts) {
        return PoolFleet.isWorthAsking(query(), policy, facts);
    }

    private boolean qualifies(PoolFacts facts) {
        return PoolFleet.qualifies(query(), policy, survey.now(), facts);
    }

    private List<PoolFacts> loaded(List<PoolFacts> facts) throws InterruptedException {
        Map<RecordId<PoolRecord>, Long> ofOwner = policy.order() == PlacementOrder.USER_DISPERSING
                ? survey.ofOwner(query(), facts.stream().map(PoolFacts::pool).toList())
                : Map.of();
        return facts.stream()
                .map(known -> {
                    RecordId<PoolRecord> pool = known.pool().id();
                    return known.loaded(
                            new Load(expected.getOrDefault(pool, ByteSize.ZERO), ofOwner.getOrDefault(pool, 0L)));
                })
                .toList();
    }

    private PoolFacts ask(PoolFacts facts) throws InterruptedException {
        RecordId<PoolRecord> pool = facts.pool().id();
        PoolFacts known = asked.get(pool);
        if (known == null) {
            known = survey.ask(query(), facts);
            asked.put(pool, known);
        }
        return known;
    }
}
