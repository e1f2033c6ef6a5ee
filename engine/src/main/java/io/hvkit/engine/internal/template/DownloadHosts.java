package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.engine.internal.volume.Ground;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The hosts that fetch images: those that reach the pool, are in use, and can. */
record DownloadHosts(Ground ground) {

    /**
     * Returns a host that can fetch a template's image.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it has no source; with {@code UNSUPPORTED} if none can, naming what speaks
     *     against each
     */
    RecordId<HostRecord> choose(TemplateRecord template, PoolRecord pool) throws InterruptedException {
        if (template.source().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message("template %s has no source to fetch it from; upload it", template.name());
        }
        List<String> against = new ArrayList<>();
        for (HostRecord host : reaching(pool)) {
            Optional<String> reason = against(host);
            if (reason.isEmpty()) {
                return host.id();
            }
            against.add(host.name() + ": " + reason.get());
        }
        throw DriverException.because(Failure.UNSUPPORTED)
                .effect(Effect.NOT_APPLIED)
                .message(
                        "no host of pool %s can fetch template %s, so upload it: %s",
                        pool.name(),
                        template.name(),
                        against.isEmpty() ? "none reaches it" : String.join("; ", against));
    }

    private List<HostRecord> reaching(PoolRecord pool) throws InterruptedException {
        return ground.catalog().inTransaction(transaction -> {
            List<HostRecord> hosts = new ArrayList<>();
            for (ClusterRecord cluster : transaction
                    .clusters()
                    .where(ClusterRecord.ZONE, pool.reach().zone())) {
                if (pool.reach()
                        .cluster()
                        .filter(id -> !id.equals(cluster.id()))
                        .isEmpty()) {
                    hosts.addAll(transaction.hosts().where(HostRecord.CLUSTER, cluster.id()));
                }
            }
            hosts.removeIf(host ->
                    pool.reach().host().filter(id -> !id.equals(host.id())).isPresent());
            return hosts;
        });
    }

    private Optional<String> against(HostRecord host) throws InterruptedException {
        if (host.standing() != Standing.ENABLED) {
            return Optional.of("is in " + host.standing());
        }
        try {
            return ground.host(host.id()).directDownload().isPresent()
                    ? Optional.empty()
                    : Optional.of("fetches no images");
        } catch (DriverException e) {
            return Optional.of("did not answer: " + e.getMessage());
        }
    }
}
