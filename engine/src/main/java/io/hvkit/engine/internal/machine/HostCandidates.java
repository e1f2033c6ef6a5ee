package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The hosts that a question is about, as the catalog's indexes find them. */
final class HostCandidates {

    private HostCandidates() {}

    /** Returns all hosts of the zone. */
    static List<HostRecord> ofZone(Transaction transaction, HostQuestion question) {
        List<HostRecord> all = new ArrayList<>();
        for (ClusterRecord cluster : transaction.clusters().where(ClusterRecord.ZONE, question.zone())) {
            all.addAll(transaction.hosts().where(HostRecord.CLUSTER, cluster.id()));
        }
        return all;
    }

    /** Returns hosts of the zone, at least those that may qualify: a disk that one host or one cluster alone reaches leaves no others. */
    static List<HostRecord> withinReach(Transaction transaction, HostQuestion question) {
        Optional<RecordId<HostRecord>> host = question.bounds()
                .only()
                .or(() -> question.pools().stream()
                        .flatMap(pool -> pool.reach().host().stream())
                        .findFirst());
        if (host.isPresent()) {
            return transaction.hosts().find(host.get()).stream()
                    .filter(known -> isOfZone(transaction, question, known.cluster()))
                    .toList();
        }
        Optional<RecordId<ClusterRecord>> cluster = question.pools().stream()
                .map(PoolRecord::reach)
                .flatMap(reach -> reach.cluster().stream())
                .findFirst();
        if (cluster.isEmpty()) {
            return ofZone(transaction, question);
        }
        return isOfZone(transaction, question, cluster.get())
                ? transaction.hosts().where(HostRecord.CLUSTER, cluster.get())
                : List.of();
    }

    private static boolean isOfZone(Transaction transaction, HostQuestion question, RecordId<ClusterRecord> cluster) {
        return transaction.clusters().require(cluster).zone().equals(question.zone());
    }
}
