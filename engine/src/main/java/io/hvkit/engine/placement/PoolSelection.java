package io.hvkit.engine.placement;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.engine.placement.PoolRejection.Reason;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An answer: the pools that qualify, best first, and all that speaks against each other candidate. Never without a reason.
 *
 * @param query what was asked
 * @param policy by what they were judged and put into order
 * @param qualified the pools that qualify, best first
 * @param rejected each other pool of the zone, and those that were named, by name
 * @param seed what decided between equals; the same facts, question, policy and seed give the same answer
 */
@Incubating(since = "0.1")
public record PoolSelection(
        VolumeQuery query, PlacementPolicy policy, List<Choice> qualified, List<Rejected> rejected, long seed) {

    /**
     * A pool that qualifies.
     *
     * @param pool the pool
     * @param name what people call it
     * @param why what gave it its place in the order, for people
     */
    public record Choice(RecordId<PoolRecord> pool, String name, String why) {}

    /**
     * A pool that does not qualify.
     *
     * @param pool the pool
     * @param name what people call it
     * @param reasons what speaks against it, at least one thing
     */
    public record Rejected(RecordId<PoolRecord> pool, String name, List<PoolRejection> reasons) {

        /** Copies the list. */
        public Rejected {
            reasons = List.copyOf(reasons);
        }

        private boolean isOnlyFor(Set<Reason> some) {
            return reasons.stream().map(PoolRejection::reason).allMatch(some::contains);
        }

        private boolean isInQuestion() {
            return reasons.stream().map(PoolRejection::reason).noneMatch(OUT_OF_THE_QUESTION::contains);
        }

        @Override
        public String toString() {
            return name + ": " + reasons.stream().map(PoolRejection::detail).collect(Collectors.joining(", "));
        }
    }

    private static final Set<Reason> OUT_OF_THE_QUESTION =
            EnumSet.of(Reason.UNKNOWN_POOL, Reason.EXCLUDED, Reason.OUT_OF_REACH);
    private static final Set<Reason> SILENCE = EnumSet.of(Reason.NOT_UP, Reason.NO_ANSWER, Reason.STALE);
    private static final Set<Reason> INABILITY = EnumSet.of(Reason.NO_ENCRYPTION, Reason.NO_SUCH_FORMAT);

    /** Copies the lists. */
    public PoolSelection {
        qualified = List.copyOf(qualified);
        rejected = List.copyOf(rejected);
    }

    /** Returns the best pool, if one qualifies. */
    public Optional<RecordId<PoolRecord>> chosen() {
        return qualified.stream().findFirst().map(Choice::pool);
    }

    /** Returns what speaks against a pool; nothing if it qualifies or was no candidate. */
    public List<PoolRejection> against(RecordId<PoolRecord> pool) {
        return rejected.stream()
                .filter(candidate -> candidate.pool.equals(pool))
                .flatMap(candidate -> candidate.reasons.stream())
                .toList();
    }

    /**
     * Returns the best pool.
     *
     * @throws DriverException naming everything that speaks against each pool: with {@code UNREACHABLE} if one may qualify once it
     *     answers; else with {@code UNSUPPORTED} if nothing but encryption or the format is in the way; else with {@code EXHAUSTED}
     */
    public RecordId<PoolRecord> orThrow() {
        return chosen().orElseThrow(this::none);
    }

    private DriverException none() {
        List<Rejected> inQuestion =
                rejected.stream().filter(Rejected::isInQuestion).toList();
        if (inQuestion.stream().anyMatch(pool -> pool.isOnlyFor(SILENCE))) {
            return refused(Failure.UNREACHABLE, "no pool qualifies that answers");
        }
        if (!inQuestion.isEmpty() && inQuestion.stream().allMatch(pool -> pool.isOnlyFor(INABILITY))) {
            return refused(
                    Failure.UNSUPPORTED,
                    "no pool within reach can lay out and encrypt it so, and nothing else is wrong with them");
        }
        return refused(Failure.EXHAUSTED, "no pool qualifies");
    }

    private DriverException refused(Failure failure, String what) {
        return DriverException.because(failure)
                .effect(Effect.NOT_APPLIED)
                .message(
                        "%s for %s: %s",
                        what,
                        wanted(),
                        rejected.isEmpty()
                                ? "none comes into question"
                                : rejected.stream().map(Rejected::toString).collect(Collectors.joining("; ")));
    }

    private String wanted() {
        return Stream.of(
                        Optional.of("a volume of " + query.size()),
                        Optional.of("as " + query.format()),
                        Optional.of(query.protection().name()),
                        Optional.of(query.sharing().name()).filter(any -> query.sharing() != VolumeQuery.Sharing.ANY),
                        Optional.of("tagged " + query.tags().stream().sorted().toList())
                                .filter(any -> !query.tags().isEmpty()))
                .flatMap(Optional::stream)
                .collect(Collectors.joining(", "));
    }

    /** Returns one line for each pool, best first, and one with the order and the seed. */
    public String explain() {
        Stream<String> best = qualified.stream().limit(1).map(pool -> pool.name + ": chosen, " + pool.why);
        Stream<String> others = qualified.stream().skip(1).map(pool -> pool.name + ": qualifies too, " + pool.why);
        return Stream.of(
                        best,
                        others,
                        rejected.stream().map(Rejected::toString),
                        Stream.of("order " + policy.order() + ", seed " + seed))
                .flatMap(lines -> lines)
                .collect(Collectors.joining("\n", "", "\n"));
    }
}
