package io.hvkit.engine.internal.placement;

import io.hvkit.catalog.spi.Sighting;
import io.hvkit.core.ByteSize;
import io.hvkit.engine.internal.placement.Filter.Measure;
import io.hvkit.engine.placement.PoolRejection;
import io.hvkit.engine.placement.PoolRejection.Reason;
import io.hvkit.engine.placement.Ratio;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.PoolTrait;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The filters that judge a pool by what it said of itself, or by its silence. */
final class AnswerFilters {

    static final List<Filter> ALL = List.of(
            AnswerFilters::sighting,
            AnswerFilters::trouble,
            AnswerFilters::silence,
            AnswerFilters::freshness,
            AnswerFilters::layout,
            AnswerFilters::room,
            AnswerFilters::use);

    private AnswerFilters() {}

    private static Optional<PoolRejection> no(Reason reason, String detail) {
        return Optional.of(new PoolRejection(reason, detail));
    }

    /** Whoever answered since it was seen down is up. */
    private static Optional<PoolRejection> sighting(Measure measure, PoolFacts facts) {
        Sighting seen = facts.pool().seen();
        boolean answeredSince =
                facts.answer().filter(said -> said.at().isAfter(seen.at())).isPresent();
        return seen.state() == Sighting.State.UP || answeredSince
                ? Optional.empty()
                : no(Reason.NOT_UP, "was down when it was seen, " + seen.at());
    }

    private static Optional<PoolRejection> trouble(Measure measure, PoolFacts facts) {
        return facts.trouble();
    }

    private static Optional<PoolRejection> silence(Measure measure, PoolFacts facts) {
        return facts.answer().isPresent() || facts.trouble().isPresent()
                ? Optional.empty()
                : no(Reason.NOT_ASKED, "was not asked how it is");
    }

    private static Optional<PoolRejection> freshness(Measure measure, PoolFacts facts) {
        Duration limit = measure.policy().freshFor();
        Optional<Instant> stale =
                facts.answer().map(PoolAnswer::at).filter(at -> at.plus(limit).isBefore(measure.at()));
        return stale.flatMap(at -> no(
                Reason.STALE,
                "told how it is " + Duration.between(at, measure.at()).toSeconds() + " s ago, which counts for "
                        + limit.toSeconds() + " s"));
    }

    private static Optional<PoolRejection> layout(Measure measure, PoolFacts facts) {
        return facts.answer().flatMap(said -> Layout.against(measure.query(), said));
    }

    private static Optional<PoolRejection> room(Measure measure, PoolFacts facts) {
        return facts.answer().flatMap(said -> {
            ByteSize size = measure.query().size();
            ByteSize taken = said.taken().orElse(size);
            ByteSize left = Room.of(facts, said).left(measure.policy());
            return taken.compareTo(left) <= 0
                    ? Optional.empty()
                    : no(
                            Reason.NO_ROOM,
                            "has " + Figures.there(left) + " left of "
                                    + Figures.there(said.statistics().capacity()) + " at overcommit "
                                    + facts.overcommit() + " and threshold "
                                    + measure.policy().allocated() + ", and " + wanted(size, taken));
        });
    }

    private static String wanted(ByteSize size, ByteSize taken) {
        return taken.equals(size)
                ? Figures.wanted(size) + " are wanted"
                : Figures.wanted(taken) + " are taken by a volume of " + Figures.wanted(size);
    }

    /** Of a pool that promises what it has, what is in use counts as promised; there is no other limit of it. */
    private static Optional<PoolRejection> use(Measure measure, PoolFacts facts) {
        return facts.answer()
                .filter(said -> facts.has(PoolTrait.OVERPROVISIONS))
                .flatMap(said -> {
                    PoolStatistics statistics = said.statistics();
                    Ratio limit = measure.policy().used();
                    BigInteger used = Figures.big(statistics.used());
                    BigInteger capacity = Figures.big(statistics.capacity());
                    boolean isBelow = used.multiply(BigInteger.valueOf(Ratio.WHOLE))
                                    .compareTo(capacity.multiply(Figures.big(limit)))
                            <= 0;
                    return isBelow
                            ? Optional.empty()
                            : no(
                                    Reason.TOO_FULL,
                                    "is in use to " + Figures.percent(used, capacity) + " of "
                                            + Figures.there(statistics.capacity()) + ", and takes new volumes up to "
                                            + Figures.percent(limit));
                });
    }
}
