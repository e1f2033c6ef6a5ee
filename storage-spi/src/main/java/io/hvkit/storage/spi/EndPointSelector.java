package io.hvkit.storage.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.HostId;
import io.hvkit.core.Incubating;
import io.hvkit.storage.spi.EndPointFleet.Look;
import io.hvkit.storage.spi.Rejection.Reason;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Picks the host that runs a storage job. What was seen of a host too long ago is looked at again before it is chosen, and before
 * the answer is that none qualifies; all else is {@link EndPointFleet}. Any number of threads may share it.
 */
@Incubating(since = "0.1")
public final class EndPointSelector {

    /** Looks at a host. */
    @FunctionalInterface
    public interface Probe {
        /**
         * Returns what a host is like now.
         *
         * @throws DriverException if it does not answer; it is not chosen then
         */
        EndPointFacts probe(HostId host) throws InterruptedException;
    }

    private record Fields(
            Supplier<EndPointFleet> fleet, Probe probe, Duration freshFor, InstantSource clock, LongSupplier seeds) {}

    private final Fields fields;

    private EndPointSelector(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns a selector.
     *
     * @param fleet what is known of all hosts when it is asked for
     * @param probe looks at one of them again
     * @param freshFor how long what was seen of a host counts
     * @param clock what time it is
     * @param seeds what decides between equals: random numbers, or always the same one for a replay
     */
    public static EndPointSelector of(
            Supplier<EndPointFleet> fleet, Probe probe, Duration freshFor, InstantSource clock, LongSupplier seeds) {
        return new EndPointSelector(new Fields(fleet, probe, freshFor, clock, seeds));
    }

    /** Answers a question; equal questions may be answered differently as hosts come and go. Looks at each host once at most. */
    public Selection select(EndPointQuery query) throws InterruptedException {
        EndPointFleet fleet = fields.fleet.get();
        long seed = fields.seeds.getAsLong();
        Map<HostId, Look> looks = new HashMap<>();
        while (true) {
            Selection selection = fleet.select(query, seed, looks);
            Optional<HostId> stale = selection.chosen().isPresent()
                    ? selection.chosen().filter(host -> isStale(fleet, looks, host))
                    : selection.rejections().entrySet().stream()
                            .filter(entry -> entry.getValue().stream().allMatch(EndPointSelector::mayHaveChanged))
                            .map(Map.Entry::getKey)
                            .filter(host -> isStale(fleet, looks, host))
                            .findFirst();
            if (stale.isEmpty()) {
                return selection;
            }
            looks.put(stale.get(), look(stale.get()));
        }
    }

    private boolean isStale(EndPointFleet fleet, Map<HostId, Look> looks, HostId host) {
        return !looks.containsKey(host)
                && fleet.find(host)
                        .filter(facts -> facts.probedAt().plus(fields.freshFor).isBefore(fields.clock.instant()))
                        .isPresent();
    }

    /** What the question itself says against a host stays true however often it is looked at. */
    private static boolean mayHaveChanged(Rejection rejection) {
        return switch (rejection.reason()) {
            case NOT_UP, CLUSTER_DISABLED, CLUSTER_EXCLUDED, LACKS_FEATURE, FEATURE_UNKNOWN, POOL_OUT_OF_REACH -> true;
            case UNKNOWN_HOST, OUT_OF_SCOPE, EXCLUDED, NOT_THE_MACHINES_HOST, PROBE_FAILED -> false;
        };
    }

    private Look look(HostId host) throws InterruptedException {
        try {
            EndPointFacts facts = fields.probe.probe(host);
            return new Look(Optional.of(facts).filter(seen -> seen.host().equals(host)), mistaken(host, facts));
        } catch (DriverException e) {
            return new Look(
                    Optional.empty(),
                    Optional.of(new Rejection(Reason.PROBE_FAILED, "was looked at again: " + e.getMessage())));
        }
    }

    private static Optional<Rejection> mistaken(HostId host, EndPointFacts facts) {
        return facts.host().equals(host)
                ? Optional.empty()
                : Optional.of(new Rejection(Reason.PROBE_FAILED, "answered as " + facts.host()));
    }
}
