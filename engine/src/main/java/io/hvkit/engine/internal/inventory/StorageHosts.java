package io.hvkit.engine.internal.inventory;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Sighting;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.core.PoolId;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.EndPointFacts;
import io.hvkit.storage.spi.EndPointFacts.ClusterPolicy;
import io.hvkit.storage.spi.EndPointFleet;
import io.hvkit.storage.spi.EndPointQuery;
import io.hvkit.storage.spi.EndPointSelector;
import io.hvkit.storage.spi.EndPoints;
import io.hvkit.storage.spi.Rejection;
import io.hvkit.storage.spi.Selection;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The hosts that run storage jobs: which of them can do one, and the end point of each, opened when it is needed first. What a host has was
 * seen {@link #FRESH} ago at most when it is chosen. Any number of threads share one.
 */
public final class StorageHosts implements AutoCloseable {

    /** How long what was seen of a host counts. */
    static final Duration FRESH = Duration.ofMinutes(5);

    private final Catalog catalog;
    private final Function<HostRecord, Optional<EndPoint>> source;
    private final InstantSource clock;
    private final OpenOnce<RecordId<HostRecord>, EndPoints> open = new OpenOnce<>();
    private final Map<HostId, HostFacts> seen = new ConcurrentHashMap<>();

    /** Makes them, with no end point yet. */
    public StorageHosts(Catalog catalog, Function<HostRecord, Optional<EndPoint>> source, InstantSource clock) {
        this.catalog = catalog;
        this.source = source;
        this.clock = clock;
    }

    /**
     * Answers which hosts can do a job. Its pools, hosts, zones and clusters are those of the catalog, by their ids; a job that names no pool
     * has no candidates but the hosts that it prefers.
     */
    public Selection select(EndPointQuery query) throws InterruptedException {
        EndPointFleet fleet = EndPointFleet.of(facts(query));
        EndPointSelector.Probe probe = host -> look(host, query.pools());
        return EndPointSelector.of(
                        () -> fleet,
                        probe,
                        FRESH,
                        clock,
                        () -> ThreadLocalRandom.current().nextLong())
                .select(query);
    }

    /**
     * Returns the best host for a job, chosen now.
     *
     * @param what what it is for, for people
     * @throws DriverException with {@code HOST_NOT_READY} if nothing but features is missing, else with {@code EXHAUSTED}; both name all that
     *     speaks against each host
     */
    public RecordId<HostRecord> choose(EndPointQuery query, String what) throws InterruptedException {
        Selection selection = select(query);
        try {
            return new RecordId<>(selection.orThrow().value());
        } catch (DriverException e) {
            throw DriverException.because(e.failure())
                    .effect(Effect.NOT_APPLIED)
                    .causedBy(e)
                    .message("no host can %s: %s", what, against(selection));
        }
    }

    private String against(Selection selection) throws InterruptedException {
        List<String> lines = new ArrayList<>();
        for (Map.Entry<HostId, List<Rejection>> entry : selection.rejections().entrySet()) {
            RecordId<HostRecord> id = new RecordId<>(entry.getKey().value());
            String name = catalog.inTransaction(transaction ->
                    transaction.hosts().find(id).map(HostRecord::name).orElse(id.value()));
            lines.add("host " + name + ": "
                    + entry.getValue().stream().map(Rejection::detail).collect(Collectors.joining(", ")));
        }
        lines.sort(null);
        return lines.isEmpty() ? "none reaches " + selection.query().pools() : String.join("; ", lines);
    }

    /**
     * Returns the end point of a host.
     *
     * @throws DriverException with {@code UNSUPPORTED} if it runs no storage jobs
     */
    public EndPoint of(HostRecord host) throws InterruptedException {
        return open.get(host.id(), () -> EndPoints.none().add(source.apply(host).orElseThrow(() -> none(host))))
                .of(host.hostId());
    }

    /** Returns the end point of a host, if it runs storage jobs. */
    public Optional<EndPoint> find(HostRecord host) throws InterruptedException {
        try {
            return Optional.of(of(host));
        } catch (DriverException e) {
            if (e.failure() == Failure.UNSUPPORTED) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static DriverException none(HostRecord host) {
        return DriverException.because(Failure.UNSUPPORTED)
                .effect(Effect.NOT_APPLIED)
                .message("host %s has no end point, so it runs no storage jobs; say endPointsFrom", host.name());
    }

    /** Closes the end point of a host, if there is one, and forgets what was seen of the host. */
    public void drop(RecordId<HostRecord> host) {
        open.drop(host);
        seen.remove(new HostId(host.value()));
    }

    private EndPointFacts look(HostId id, Set<PoolId> pools) throws InterruptedException {
        RecordId<HostRecord> record = new RecordId<>(id.value());
        HostFacts found = of(catalog.inTransaction(
                        transaction -> transaction.hosts().require(record)))
                .probe();
        seen.put(id, found);
        return catalog.inTransaction(
                transaction -> facts(transaction, transaction.hosts().require(record), pools));
    }

    /** All that may come into question: the hosts that reach one of the pools, and those that the question names. */
    private List<EndPointFacts> facts(EndPointQuery query) throws InterruptedException {
        return catalog.inTransaction(transaction -> {
            Set<HostRecord> hosts = new HashSet<>();
            for (PoolId id : query.pools()) {
                Optional<PoolRecord> pool = transaction.pools().find(new RecordId<>(id.value()));
                pool.ifPresent(known -> hosts.addAll(reaching(transaction, known.reach())));
            }
            Set<HostId> named = new HashSet<>(query.preferred());
            query.machine().map(EndPointQuery.Machine::host).ifPresent(named::add);
            for (HostId host : named) {
                transaction.hosts().find(new RecordId<>(host.value())).ifPresent(hosts::add);
            }
            return hosts.stream()
                    .map(host -> facts(transaction, host, query.pools()))
                    .toList();
        });
    }

    private static List<HostRecord> reaching(Transaction transaction, PoolRecord.Reach reach) {
        if (reach.host().isPresent()) {
            return transaction.hosts().find(reach.host().get()).stream().toList();
        }
        List<HostRecord> hosts = new ArrayList<>();
        List<ClusterRecord> clusters = reach.cluster().isPresent()
                ? transaction.clusters().find(reach.cluster().get()).stream().toList()
                : transaction.clusters().where(ClusterRecord.ZONE, reach.zone());
        clusters.forEach(cluster -> hosts.addAll(transaction.hosts().where(HostRecord.CLUSTER, cluster.id())));
        return hosts;
    }

    private EndPointFacts facts(Transaction transaction, HostRecord host, Set<PoolId> pools) {
        ClusterRecord cluster = transaction.clusters().require(host.cluster());
        Optional<HostFacts> found = Optional.ofNullable(seen.get(host.hostId()));
        EndPointFacts facts = EndPointFacts.of(
                        host.hostId(), cluster.zone().value(), cluster.id().value(), Instant.EPOCH)
                .in(state(host, found))
                .under(policy(cluster));
        facts = found.isPresent() ? facts.seeing(found.get()) : supposed(facts);
        facts = host.dedicatedTo().isPresent()
                ? facts.dedicatedTo(host.dedicatedTo().get())
                : facts;
        for (PoolId id : pools) {
            Optional<PoolRecord> pool = transaction.pools().find(new RecordId<>(id.value()));
            if (pool.isPresent() && reaches(cluster, host, pool.get().reach())) {
                facts = facts.reaching(id);
            }
        }
        return facts;
    }

    /**
     * Of a host at which nobody has looked the best is supposed, so that those that are known do not get all the work. It is looked at before
     * it is chosen.
     */
    private static EndPointFacts supposed(EndPointFacts facts) {
        EndPointFacts best = facts;
        for (HostFeature feature : HostFeature.values()) {
            best = best.having(feature);
        }
        return best;
    }

    private static boolean reaches(ClusterRecord cluster, HostRecord host, PoolRecord.Reach reach) {
        return reach.zone().equals(cluster.zone())
                && reach.cluster().filter(id -> !id.equals(cluster.id())).isEmpty()
                && reach.host().filter(id -> !id.equals(host.id())).isEmpty();
    }

    /** Whoever answered since it was seen down is up. */
    private static EndPointFacts.State state(HostRecord host, Optional<HostFacts> found) {
        boolean answered = found.filter(
                        facts -> facts.probedAt().isAfter(host.seen().at()))
                .isPresent();
        return switch (host.standing()) {
            case ENABLED ->
                answered || host.seen().state() == Sighting.State.UP
                        ? EndPointFacts.State.UP
                        : EndPointFacts.State.DOWN;
            case MAINTENANCE -> EndPointFacts.State.MAINTENANCE;
            case DISABLED -> EndPointFacts.State.DISABLED;
        };
    }

    private static ClusterPolicy policy(ClusterRecord cluster) {
        return switch (cluster.policy()) {
            case ENABLED -> ClusterPolicy.INCLUDED;
            case NO_STORAGE_JOBS -> ClusterPolicy.EXCLUDED;
            case DISABLED -> ClusterPolicy.DISABLED;
        };
    }

    @Override
    public void close() {
        open.close();
    }
}
