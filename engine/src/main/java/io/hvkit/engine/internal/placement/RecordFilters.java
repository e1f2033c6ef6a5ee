package io.hvkit.engine.internal.placement;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.catalog.spi.Sighting;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.engine.internal.cluster.PoolStanding;
import io.hvkit.engine.internal.placement.Filter.Measure;
import io.hvkit.engine.placement.PoolRejection;
import io.hvkit.engine.placement.PoolRejection.Reason;
import io.hvkit.engine.placement.VolumeQuery.Sharing;
import io.hvkit.storage.spi.PoolTrait;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** The filters that need no word of the pool itself: whom they are against, nobody asks. */
final class RecordFilters {

    static final List<Filter> ALL = List.of(
            RecordFilters::excluded,
            RecordFilters::reach,
            RecordFilters::standing,
            RecordFilters::cluster,
            RecordFilters::host,
            RecordFilters::type,
            RecordFilters::parent,
            RecordFilters::sharing,
            RecordFilters::tags);

    private RecordFilters() {}

    private static Optional<PoolRejection> no(Reason reason, String detail) {
        return Optional.of(new PoolRejection(reason, detail));
    }

    private static Optional<PoolRejection> excluded(Measure measure, PoolFacts facts) {
        return measure.query().excluded().contains(facts.pool().id())
                ? no(Reason.EXCLUDED, "is excluded")
                : Optional.empty();
    }

    /** Two reaches meet where neither says something that the other denies. */
    private static Optional<PoolRejection> reach(Measure measure, PoolFacts facts) {
        Reach has = facts.pool().reach();
        Reach wanted = measure.query().within();
        if (!has.zone().equals(wanted.zone())) {
            return no(Reason.OUT_OF_REACH, "is in zone " + has.zone() + ", and zone " + wanted.zone() + " is meant");
        }
        if (differ(has.cluster(), wanted.cluster())) {
            return no(Reason.OUT_OF_REACH, "is reached by cluster " + clusterName(facts) + " alone");
        }
        return differ(has.host(), wanted.host())
                ? no(Reason.OUT_OF_REACH, "is reached by host " + hostName(facts) + " alone")
                : Optional.empty();
    }

    private static boolean differ(Optional<?> one, Optional<?> other) {
        return one.isPresent() && other.isPresent() && !one.equals(other);
    }

    private static String clusterName(PoolFacts facts) {
        return facts.hosts()
                .cluster()
                .map(ClusterRecord::name)
                .orElseGet(() -> facts.pool().reach().cluster().toString());
    }

    private static String hostName(PoolFacts facts) {
        return facts.hosts()
                .host()
                .map(host -> host.name())
                .orElseGet(() -> facts.pool().reach().host().toString());
    }

    private static Optional<PoolRejection> standing(Measure measure, PoolFacts facts) {
        return PoolStanding.against(facts.pool(), facts.parent()).flatMap(against -> no(Reason.NOT_IN_USE, against));
    }

    private static String words(Standing standing) {
        return switch (standing) {
            case ENABLED -> "in use";
            case MAINTENANCE -> "in maintenance";
            case DISABLED -> "out of use";
        };
    }

    private static Optional<PoolRejection> cluster(Measure measure, PoolFacts facts) {
        return facts.hosts()
                .cluster()
                .filter(cluster -> cluster.policy() == ClusterRecord.Policy.DISABLED)
                .flatMap(cluster ->
                        no(Reason.HOSTS_NOT_IN_USE, "cluster " + cluster.name() + ", which reaches it, is out of use"));
    }

    /** What is on one host alone is of no use while that host is not. */
    private static Optional<PoolRejection> host(Measure measure, PoolFacts facts) {
        return facts.hosts().host().flatMap(host -> {
            if (host.standing() != Standing.ENABLED) {
                return no(
                        Reason.HOSTS_NOT_IN_USE,
                        "host " + host.name() + ", which alone reaches it, is " + words(host.standing()));
            }
            return host.seen().state() == Sighting.State.UP
                    ? Optional.empty()
                    : no(
                            Reason.HOSTS_NOT_IN_USE,
                            "host " + host.name() + ", which alone reaches it, was down when it was seen, "
                                    + host.seen().at());
        });
    }

    private static Optional<PoolRejection> type(Measure measure, PoolFacts facts) {
        return facts.type()
                .match(
                        known -> Optional.empty(),
                        unknown -> no(
                                Reason.TYPE_ABSENT, "is of type " + unknown.displayName() + ": " + unknown.reason()));
    }

    private static Optional<PoolRejection> parent(Measure measure, PoolFacts facts) {
        return facts.has(PoolTrait.PARENT)
                ? no(
                        Reason.PARENT_OF_POOLS,
                        "is a parent of pools (" + facts.pool().type() + "), which take volumes in its place")
                : Optional.empty();
    }

    private static Optional<PoolRejection> sharing(Measure measure, PoolFacts facts) {
        Sharing wanted = measure.query().sharing();
        if (wanted == Sharing.SHARED && facts.isLocal()) {
            return no(Reason.OTHER_SHARING, "is local, and a shared one is wanted");
        }
        return wanted == Sharing.LOCAL && !facts.isLocal()
                ? no(Reason.OTHER_SHARING, "is shared, and a local one is wanted")
                : Optional.empty();
    }

    private static Optional<PoolRejection> tags(Measure measure, PoolFacts facts) {
        TreeSet<String> missing = new TreeSet<>(measure.query().tags());
        missing.removeAll(facts.terms().tags());
        return missing.isEmpty()
                ? Optional.empty()
                : no(
                        Reason.LACKS_TAG,
                        "lacks the tags " + missing + ", it has "
                                + new TreeSet<>(facts.terms().tags()));
    }
}
