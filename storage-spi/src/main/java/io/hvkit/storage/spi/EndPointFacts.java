package io.hvkit.storage.spi;

import io.hvkit.core.HostFacts;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What was known of a host at one moment, as far as storage jobs care. Immutable. What is not said is not assumed: a host of which
 * nothing else is said has no feature and reaches no pool.
 */
@Incubating(since = "0.1")
public final class EndPointFacts {

    /** How a host is. */
    public enum State {
        /** It answers and takes work. */
        UP,
        /** It is on its way up, and takes no work yet. */
        CONNECTING,
        /** It does not answer. */
        DOWN,
        /** An operator works on it. */
        MAINTENANCE,
        /** An operator took it out. */
        DISABLED
    }

    /** Whether hosts of a cluster take storage jobs. */
    public enum ClusterPolicy {
        /** Nothing was said, and they do. */
        UNSAID,
        /** It was said that they do. */
        INCLUDED,
        /** It was said that they do not. */
        EXCLUDED,
        /** The whole cluster is out of use. */
        DISABLED
    }

    /** Whether a host has a feature, and if not, why. */
    private record Finding(Optional<String> lack) {}

    private record Place(HostId host, String zone, String cluster) {}

    private record Standing(State state, ClusterPolicy policy, Optional<String> owner) {}

    private record Means(Map<HostFeature, Finding> features, Set<PoolId> pools) {}

    private record Fields(Place place, Instant probedAt, Standing standing, Means means) {}

    private final Fields fields;

    private EndPointFacts(Fields fields) {
        this.fields = fields;
    }

    /** Returns a host that is up, has no feature and reaches no pool, as was seen at that moment. */
    public static EndPointFacts of(HostId host, String zone, String cluster, Instant probedAt) {
        return new EndPointFacts(new Fields(
                new Place(host, zone, cluster),
                probedAt,
                new Standing(State.UP, ClusterPolicy.UNSAID, Optional.empty()),
                new Means(Map.of(), Set.of())));
    }

    /** Returns these facts of a host in another state. */
    public EndPointFacts in(State state) {
        return with(new Standing(state, policy(), owner()));
    }

    /** Returns these facts of a host in a cluster with another policy. */
    public EndPointFacts under(ClusterPolicy policy) {
        return with(new Standing(state(), policy, owner()));
    }

    /** Returns these facts of a host that is kept for one owner; others get it last. */
    public EndPointFacts dedicatedTo(String owner) {
        return with(new Standing(state(), policy(), Optional.of(owner)));
    }

    /** Returns these facts of a host that was seen to have a feature. */
    public EndPointFacts having(HostFeature feature) {
        return found(feature, new Finding(Optional.empty()));
    }

    /** Returns these facts of a host that was seen to lack a feature, and why; what was not looked for is left out. */
    public EndPointFacts lacking(HostFeature feature, String why) {
        return found(feature, new Finding(Optional.of(why)));
    }

    /** Returns these facts of a host that reaches one more pool or image store. */
    public EndPointFacts reaching(PoolId pool) {
        Set<PoolId> more = new HashSet<>(pools());
        more.add(pool);
        return with(new Means(fields.means.features, Set.copyOf(more)));
    }

    /**
     * Returns these facts with what was seen of the host's features, and when, in place of what was seen of them before. At what nobody
     * could look stays unknown.
     */
    public EndPointFacts seeing(HostFacts seen) {
        EnumMap<HostFeature, Finding> findings = new EnumMap<>(HostFeature.class);
        for (HostFeature feature : HostFeature.values()) {
            HostFacts.Finding found = seen.finding(feature);
            switch (found.presence()) {
                case PRESENT -> findings.put(feature, new Finding(Optional.empty()));
                case ABSENT -> findings.put(feature, new Finding(Optional.of(found.reason())));
                case NOT_PROBED -> {}
            }
        }
        return new EndPointFacts(
                new Fields(fields.place, seen.probedAt(), fields.standing, new Means(findings, pools())));
    }

    private EndPointFacts found(HostFeature feature, Finding finding) {
        EnumMap<HostFeature, Finding> more = new EnumMap<>(HostFeature.class);
        more.putAll(fields.means.features);
        more.put(feature, finding);
        return with(new Means(more, pools()));
    }

    private EndPointFacts with(Standing standing) {
        return new EndPointFacts(new Fields(fields.place, fields.probedAt, standing, fields.means));
    }

    private EndPointFacts with(Means means) {
        return new EndPointFacts(new Fields(fields.place, fields.probedAt, fields.standing, means));
    }

    /** Returns the host. */
    public HostId host() {
        return fields.place.host;
    }

    /** Returns its zone. */
    public String zone() {
        return fields.place.zone;
    }

    /** Returns its cluster. */
    public String cluster() {
        return fields.place.cluster;
    }

    /** Returns when this was seen. */
    public Instant probedAt() {
        return fields.probedAt;
    }

    /** Returns how it is. */
    public State state() {
        return fields.standing.state;
    }

    /** Returns whether its cluster takes storage jobs. */
    public ClusterPolicy policy() {
        return fields.standing.policy;
    }

    /** Returns whether it was seen to have a feature. */
    public boolean has(HostFeature feature) {
        return Optional.ofNullable(fields.means.features.get(feature))
                .filter(finding -> finding.lack.isEmpty())
                .isPresent();
    }

    /** Returns why it lacks a feature; nothing if it has it, or was never asked. */
    public Optional<String> lackOf(HostFeature feature) {
        return Optional.ofNullable(fields.means.features.get(feature)).flatMap(Finding::lack);
    }

    /** Returns the pools and image stores that it reaches. */
    public Set<PoolId> pools() {
        return fields.means.pools;
    }

    /** Returns whom it is kept for. */
    public Optional<String> owner() {
        return fields.standing.owner;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EndPointFacts that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "EndPointFacts" + fields;
    }
}
