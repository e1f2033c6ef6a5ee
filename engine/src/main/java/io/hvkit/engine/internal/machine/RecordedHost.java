package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.Sighting;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.engine.machine.HostRejection;
import io.hvkit.engine.machine.HostRejection.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What the catalog has against a host. Pure. */
final class RecordedHost {

    private RecordedHost() {}

    static List<HostRejection> against(
            HostQuestion question, HostRecord host, ClusterRecord cluster, Set<String> tags) {
        List<HostRejection> against = new ArrayList<>();
        bounds(question.bounds(), host).ifPresent(against::add);
        for (PoolRecord pool : question.pools()) {
            if (!reaches(host, cluster, pool)) {
                against.add(new HostRejection(Reason.OUT_OF_REACH, "does not reach pool " + pool.name()));
            }
        }
        if (host.standing() != Standing.ENABLED) {
            against.add(new HostRejection(
                    Reason.NOT_IN_USE,
                    host.standing() == Standing.MAINTENANCE ? "is in maintenance" : "is out of use"));
        }
        if (cluster.policy() == ClusterRecord.Policy.DISABLED) {
            against.add(
                    new HostRejection(Reason.CLUSTER_NOT_IN_USE, "its cluster " + cluster.name() + " is out of use"));
        }
        if (host.seen().state() != Sighting.State.UP) {
            against.add(new HostRejection(
                    Reason.NOT_UP, "was down when it was seen, " + host.seen().at()));
        }
        if (host.dedicatedTo().isPresent()
                && !host.dedicatedTo().equals(question.placing().owner())) {
            against.add(new HostRejection(
                    Reason.DEDICATED, "is kept for " + host.dedicatedTo().get()));
        }
        Set<String> missing = new TreeSet<>(question.placing().tags());
        missing.removeAll(tags);
        if (!missing.isEmpty()) {
            against.add(new HostRejection(
                    Reason.LACKS_TAG, "lacks the tags " + missing + ", it has " + new TreeSet<>(tags)));
        }
        return against;
    }

    private static Optional<HostRejection> bounds(HostQuestion.Bounds bounds, HostRecord host) {
        if (bounds.current().filter(host.id()::equals).isPresent()) {
            return Optional.of(new HostRejection(Reason.EXCLUDED, "has the machine now"));
        }
        return bounds.only().filter(id -> !id.equals(host.id())).isPresent()
                ? Optional.of(new HostRejection(Reason.EXCLUDED, "is not the one that is asked for"))
                : Optional.empty();
    }

    /** Returns whether a host reaches a pool. */
    static boolean reaches(HostRecord host, ClusterRecord cluster, PoolRecord pool) {
        return pool.reach().zone().equals(cluster.zone())
                && pool.reach().cluster().filter(id -> !id.equals(cluster.id())).isEmpty()
                && pool.reach().host().filter(id -> !id.equals(host.id())).isEmpty();
    }
}
