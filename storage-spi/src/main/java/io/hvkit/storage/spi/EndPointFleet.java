package io.hvkit.storage.spi;

import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;
import io.hvkit.storage.spi.EndPointFacts.ClusterPolicy;
import io.hvkit.storage.spi.EndPointFacts.State;
import io.hvkit.storage.spi.Rejection.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * What is known of all hosts at one moment, with an index: a question costs what its candidates cost, not what the fleet would.
 * Immutable; answers depend on nothing but this, the question and the seed.
 */
@Incubating(since = "0.1")
public final class EndPointFleet {

    private final Map<HostId, EndPointFacts> hosts;
    private final Map<PoolId, List<HostId>> byPool = new HashMap<>();
    private final Map<Scope, List<HostId>> byScope = new HashMap<>();

    private EndPointFleet(Map<HostId, EndPointFacts> hosts) {
        this.hosts = hosts;
        for (EndPointFacts facts : hosts.values()) {
            facts.pools().forEach(pool -> add(byPool, pool, facts.host()));
            add(byScope, Scope.zone(facts.zone()), facts.host());
            add(byScope, Scope.cluster(facts.cluster()), facts.host());
        }
    }

    private static <K> void add(Map<K, List<HostId>> index, K key, HostId host) {
        index.computeIfAbsent(key, absent -> new ArrayList<>()).add(host);
    }

    /** Returns a fleet of these hosts; of two that say to be the same, the one that was seen last. */
    public static EndPointFleet of(Collection<EndPointFacts> facts) {
        Map<HostId, EndPointFacts> hosts = new LinkedHashMap<>();
        for (EndPointFacts each : facts) {
            hosts.merge(each.host(), each, (one, other) -> one.probedAt().isAfter(other.probedAt()) ? one : other);
        }
        return new EndPointFleet(hosts);
    }

    /** Returns what is known of a host. */
    public Optional<EndPointFacts> find(HostId host) {
        return Optional.ofNullable(hosts.get(host));
    }

    /**
     * Answers a question. Candidates are the hosts that reach one of its pools or, if it names none, those in its scope; and
     * the hosts that it prefers or that its machine is on, be they known or not.
     */
    public Selection select(EndPointQuery query, long seed) {
        return select(query, seed, Map.of());
    }

    /** Answers with the facts of some hosts replaced, and with those rejected that could not be looked at. */
    Selection select(EndPointQuery query, long seed, Map<HostId, Look> looks) {
        List<EndPointFacts> good = new ArrayList<>();
        Map<HostId, List<Rejection>> bad = new HashMap<>();
        for (HostId host : candidates(query)) {
            Optional<EndPointFacts> facts =
                    Optional.ofNullable(looks.get(host)).flatMap(Look::facts).or(() -> find(host));
            List<Rejection> against = facts.map(known -> against(query, known))
                    .orElseGet(() -> List.of(new Rejection(Reason.UNKNOWN_HOST, "is not known, perhaps removed")));
            List<Rejection> all = new ArrayList<>(against);
            Optional.ofNullable(looks.get(host)).flatMap(Look::failure).ifPresent(all::add);
            if (all.isEmpty()) {
                facts.ifPresent(good::add);
            } else {
                bad.put(host, all);
            }
        }
        good.sort(ranking(query, seed));
        return new Selection(query, good.stream().map(EndPointFacts::host).toList(), bad, seed);
    }

    /** What a second look at a host gave: facts, or why there are none. */
    record Look(Optional<EndPointFacts> facts, Optional<Rejection> failure) {}

    private Set<HostId> candidates(EndPointQuery query) {
        Set<HostId> candidates = new LinkedHashSet<>(query.preferred());
        query.machine().map(EndPointQuery.Machine::host).ifPresent(candidates::add);
        for (PoolId pool : query.pools()) {
            candidates.addAll(byPool.getOrDefault(pool, List.of()));
        }
        if (query.pools().isEmpty()) {
            candidates.addAll(byScope.getOrDefault(query.scope(), List.of()));
        }
        if (query.scope() instanceof Scope.Host one) {
            candidates.add(one.id());
        }
        return candidates;
    }

    private static List<Rejection> against(EndPointQuery query, EndPointFacts facts) {
        List<Rejection> against = new ArrayList<>();
        byTheQuestion(query, facts, against);
        byItsState(facts, against);
        for (HostFeature need : new TreeSet<>(query.needs())) {
            missing(need, facts).ifPresent(against::add);
        }
        for (PoolId pool : query.pools()) {
            if (!facts.pools().contains(pool)) {
                against.add(new Rejection(Reason.POOL_OUT_OF_REACH, "does not reach " + pool));
            }
        }
        return against;
    }

    private static void byTheQuestion(EndPointQuery query, EndPointFacts facts, List<Rejection> against) {
        if (!query.scope().contains(facts)) {
            against.add(new Rejection(Reason.OUT_OF_SCOPE, "is not in " + query.scope()));
        }
        if (query.excluded().contains(facts.host())) {
            against.add(new Rejection(Reason.EXCLUDED, "is excluded"));
        }
        query.pinned()
                .filter(host -> !host.equals(facts.host()))
                .ifPresent(host -> against.add(new Rejection(
                        Reason.NOT_THE_MACHINES_HOST,
                        "the machine runs on " + host + ", which alone may " + query.action())));
    }

    private static void byItsState(EndPointFacts facts, List<Rejection> against) {
        if (facts.state() != State.UP) {
            String state = "was " + facts.state() + " when it was seen, " + facts.probedAt();
            against.add(new Rejection(Reason.NOT_UP, state));
        }
        if (facts.policy() == ClusterPolicy.DISABLED) {
            against.add(new Rejection(Reason.CLUSTER_DISABLED, "cluster " + facts.cluster() + " is disabled"));
        }
        if (facts.policy() == ClusterPolicy.EXCLUDED) {
            against.add(
                    new Rejection(Reason.CLUSTER_EXCLUDED, "cluster " + facts.cluster() + " takes no storage jobs"));
        }
    }

    private static Optional<Rejection> missing(HostFeature need, EndPointFacts facts) {
        if (facts.has(need)) {
            return Optional.empty();
        }
        return Optional.of(facts.lackOf(need)
                .map(why -> new Rejection(
                        Reason.LACKS_FEATURE, "lacks " + need + " (" + why + ", seen " + facts.probedAt() + ")"))
                .orElseGet(() -> new Rejection(Reason.FEATURE_UNKNOWN, "nobody has seen whether it has " + need)));
    }

    /** Hosts that are kept for others come last, whoever prefers them: preference is a wish, and they are a promise. */
    private static Comparator<EndPointFacts> ranking(EndPointQuery query, long seed) {
        List<HostId> wishes = new ArrayList<>(query.preferred());
        query.machine().map(EndPointQuery.Machine::host).ifPresent(wishes::add);
        return Comparator.<EndPointFacts>comparingInt(facts -> isKeptForOthers(query, facts) ? 1 : 0)
                .thenComparingInt(facts -> {
                    int wish = wishes.indexOf(facts.host());
                    return wish < 0 ? Integer.MAX_VALUE : wish;
                })
                .thenComparingLong(facts -> lot(facts.host(), seed))
                .thenComparing(facts -> facts.host().value());
    }

    private static boolean isKeptForOthers(EndPointQuery query, EndPointFacts facts) {
        return facts.owner().isPresent() && !facts.owner().equals(query.owner());
    }

    /** Returns a number that a host draws: even over hosts and seeds, and the same whichever other hosts there are. */
    private static long lot(HostId host, long seed) {
        long drawn = new SplittableRandom(seed).nextLong();
        return new SplittableRandom(drawn + host.value().hashCode()).nextLong();
    }
}
