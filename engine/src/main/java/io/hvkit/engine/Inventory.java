package io.hvkit.engine;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.CatalogRecord;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Sighting;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.core.Option;
import io.hvkit.core.Secret;
import io.hvkit.core.SecretSource;
import io.hvkit.engine.internal.Names;
import io.hvkit.engine.internal.cluster.ClusterKeeping;
import io.hvkit.engine.internal.inventory.Additions;
import io.hvkit.engine.internal.inventory.Connections;
import io.hvkit.engine.internal.inventory.Credentials;
import io.hvkit.engine.internal.inventory.StorageHosts;
import io.hvkit.engine.internal.setting.SettingStore;
import io.hvkit.engine.internal.template.Belongings;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.storage.spi.PoolCluster;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * The zones, clusters, hosts and pools of an installation. Adding the same again returns what is there; a name that is taken by something
 * else is refused with {@code EXISTS_DIFFERENTLY}. Removing what is gone does nothing; removing what something else refers to is refused with
 * {@code IN_USE}, naming that. Any number of threads and processes may work on one inventory.
 */
@Incubating(since = "0.1")
public final class Inventory {

    private final Catalog catalog;
    private final Connections connections;
    private final StorageHosts storageHosts;
    private final Credentials credentials;
    private final ClusterKeeping clusters;
    private final InstantSource clock;

    Inventory(
            Catalog catalog,
            Connections connections,
            StorageHosts storageHosts,
            Credentials credentials,
            InstantSource clock) {
        this.catalog = catalog;
        this.connections = connections;
        this.storageHosts = storageHosts;
        this.credentials = credentials;
        this.clusters = new ClusterKeeping(catalog, connections, credentials, clock);
        this.clock = clock;
    }

    /** Adds a zone. */
    public ZoneRecord addZone(String name) throws InterruptedException {
        String checked = Names.check("zone", name);
        return catalog.inTransaction(transaction -> transaction.zones().where(ZoneRecord.NAME, checked).stream()
                .findAny()
                .orElseGet(() -> transaction.zones().insert(ZoneRecord.named(checked))));
    }

    /**
     * Adds a cluster of hosts of one type; whether a plug-in brings that type now does not matter.
     *
     * @throws DriverException with {@code NOT_FOUND} if there is no such zone
     */
    public ClusterRecord addCluster(RecordId<ZoneRecord> zone, String name, HypervisorType type)
            throws InterruptedException {
        ClusterRecord fresh = ClusterRecord.named(Names.check("cluster", name), zone, type.id());
        return catalog.inTransaction(transaction -> transaction.clusters().where(ClusterRecord.ZONE, zone).stream()
                .filter(cluster -> cluster.name().equals(name))
                .findAny()
                .map(known ->
                        Additions.same(known, there -> there.hypervisorType().equals(type.id()), "cluster", name))
                .orElseGet(() -> transaction.clusters().insert(fresh)));
    }

    /**
     * Adds a host, once it has answered; nothing is added if it does not.
     *
     * <table>
     * <caption>Failures; nothing is added</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>it does not answer, or does not let us in</td><td>what its driver says, such as {@code UNREACHABLE}</td></tr>
     * <tr><td>no plug-in brings the type of its cluster</td><td>{@code UNSUPPORTED}</td></tr>
     * <tr><td>a host of the same type is reached by the same options</td><td>{@code EXISTS_DIFFERENTLY}, naming it</td></tr>
     * <tr><td>an option is unknown, lacking or makes no sense</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>there is no such cluster</td><td>{@code NOT_FOUND}</td></tr>
     * </table>
     */
    public HostRecord addHost(RecordId<ClusterRecord> cluster, HostRequest request) throws InterruptedException {
        Names.check("host", request.name());
        ClusterRecord home =
                catalog.inTransaction(transaction -> transaction.clusters().require(cluster));
        HostRecord fresh = HostRecord.named(request.name(), cluster, request.options(), clock.instant());
        Optional<HostRecord> known = catalog.inTransaction(transaction -> Additions.twin(transaction, fresh, home));
        if (known.isPresent()) {
            return known.get();
        }
        try (Hypervisor open = connections.open(fresh, home.hypervisorType(), Credentials.lent(request.secrets()))) {
            open.probe();
        }
        Map<String, KeyRecord> secrets = credentials.wrapped(request.secrets());
        return catalog.inTransaction(transaction -> Additions.twin(transaction, fresh, home)
                .orElseGet(() -> {
                    HostRecord kept = transaction.hosts().insert(fresh);
                    credentials.keep(transaction, kept, secrets);
                    return kept;
                }));
    }

    /**
     * Adds a pool, once it has answered; nothing is added if it does not. A parent of pools is added with all its children, in one transaction:
     * those that are known stay what they are and become children; the parent's reach counts for them. {@link HvKit#poolClusters} looks after
     * them then. Adding a parent again does not look at its children.
     *
     * <table>
     * <caption>Failures; nothing is added</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>it does not answer, does not let us in or is not there</td><td>what its driver says, such as {@code NOT_FOUND}</td></tr>
     * <tr><td>no plug-in brings its type</td><td>{@code UNSUPPORTED}</td></tr>
     * <tr><td>a pool of that type with the same options and reach is there</td><td>{@code EXISTS_DIFFERENTLY}, naming it</td></tr>
     * <tr><td>an option is unknown, lacking or makes no sense</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the zone, cluster or host of its reach is not there</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>it is a child of a parent that is known</td><td>{@code EXISTS_DIFFERENTLY}, naming it</td></tr>
     * <tr><td>it is a parent without children; perhaps the account may not see them</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>a child of it is known as several pools or in another zone, says no identity, or is listed by another parent, too</td><td>{@code
     * EXISTS_DIFFERENTLY}, naming each</td></tr>
     * <tr><td>a child of it is not well or does not answer, or is known and not in use or not up</td><td>{@code HOST_NOT_READY}, naming
     * each</td></tr>
     * </table>
     */
    public PoolRecord addPool(PoolRecord.Reach reach, PoolRequest request) throws InterruptedException {
        Names.check("pool", request.name());
        PoolRecord fresh = PoolRecord.named(request.name(), reach, request.type(), request.options(), clock.instant());
        Optional<PoolRecord> known = catalog.inTransaction(transaction -> Additions.twin(transaction, fresh));
        if (known.isPresent()) {
            return known.get();
        }
        Map<String, SecretSource> lent = Credentials.lent(request.secrets());
        PoolRecord identified;
        try (StoragePool open = connections.open(fresh, lent)) {
            open.statistics();
            Optional<PoolCluster> cluster = open.cluster();
            if (cluster.isPresent()) {
                return clusters.add(fresh, cluster.get(), lent, credentials.wrapped(request.secrets()));
            }
            identified = fresh.identifiedBy(open.identity());
        }
        Map<String, KeyRecord> secrets = credentials.wrapped(request.secrets());
        return catalog.inTransaction(transaction -> Additions.twin(transaction, identified)
                .orElseGet(() -> {
                    PoolRecord kept = transaction.pools().insert(identified);
                    credentials.keep(transaction, kept, secrets);
                    return kept;
                }));
    }

    /**
     * Changes a secret with which a pool is opened, once the pool has answered to it. Its driver gets it from then on; what is open goes on.
     *
     * <p>Failures: as {@link #addPool} has them; the pool keeps the secret it has.
     *
     * @param secret lent for the length of the call
     */
    public void changeSecret(RecordId<PoolRecord> pool, Option<SecretSource> option, Secret secret)
            throws InterruptedException {
        PoolRecord known =
                catalog.inTransaction(transaction -> transaction.pools().require(pool));
        Map<String, SecretSource> secrets = credentials.of(known);
        secrets.put(option.name(), SecretSource.of(secret));
        try (StoragePool open = connections.open(known, secrets)) {
            open.statistics();
        }
        Map<String, KeyRecord> wrapped = credentials.wrapped(Map.of(option.name(), secret));
        catalog.inTransaction(transaction -> {
            credentials.keep(transaction, transaction.pools().require(pool), wrapped);
            return pool;
        });
    }

    /** Changes a secret with which a host is opened, as {@link #changeSecret} does for pools. */
    public void changeHostSecret(RecordId<HostRecord> host, Option<SecretSource> option, Secret secret)
            throws InterruptedException {
        HostRecord known =
                catalog.inTransaction(transaction -> transaction.hosts().require(host));
        Map<String, SecretSource> secrets = credentials.of(known);
        secrets.put(option.name(), SecretSource.of(secret));
        try (Hypervisor open = connections.open(known, hypervisorType(known), secrets)) {
            open.probe();
        }
        Map<String, KeyRecord> wrapped = credentials.wrapped(Map.of(option.name(), secret));
        catalog.inTransaction(transaction -> {
            credentials.keep(transaction, transaction.hosts().require(host), wrapped);
            return host;
        });
    }

    private String hypervisorType(HostRecord host) throws InterruptedException {
        return catalog.inTransaction(
                transaction -> transaction.clusters().require(host.cluster()).hypervisorType());
    }

    /** Returns every zone. */
    public List<ZoneRecord> zones() throws InterruptedException {
        return catalog.inTransaction(transaction -> Additions.all(transaction.zones()));
    }

    /** Returns every cluster. */
    public List<ClusterRecord> clusters() throws InterruptedException {
        return catalog.inTransaction(transaction -> Additions.all(transaction.clusters()));
    }

    /** Returns every host, those too whose plug-in is absent. */
    public List<HostRecord> hosts() throws InterruptedException {
        return catalog.inTransaction(transaction -> Additions.all(transaction.hosts()));
    }

    /** Returns every pool, those too whose plug-in is absent. */
    public List<PoolRecord> pools() throws InterruptedException {
        return catalog.inTransaction(transaction -> Additions.all(transaction.pools()));
    }

    /** Says whether the hosts of a cluster take work. */
    public ClusterRecord put(RecordId<ClusterRecord> cluster, ClusterRecord.Policy policy) throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction
                .clusters()
                .update(transaction.clusters().require(cluster).under(policy)));
    }

    /** Puts a host into use, into maintenance or out of use. Machines that run there, and operations under way, go on. */
    public HostRecord putHost(RecordId<HostRecord> host, Standing standing) throws InterruptedException {
        return change(host, known -> known.standing(standing));
    }

    /** Keeps a host for one owner, or for nobody; others get it when nothing else qualifies. */
    public HostRecord dedicate(RecordId<HostRecord> host, Optional<String> owner) throws InterruptedException {
        return change(host, known -> known.dedicatedTo(owner));
    }

    /**
     * Puts a pool into use, into maintenance or out of use. What is there stays in use, and operations under way go on. What is decided of a
     * parent counts for all its children from that moment on, beside what is decided of each: a child that was put into maintenance by itself
     * stays there when its parent comes back.
     */
    public PoolRecord putPool(RecordId<PoolRecord> pool, Standing standing) throws InterruptedException {
        return catalog.inTransaction(transaction ->
                transaction.pools().update(transaction.pools().require(pool).standing(standing)));
    }

    /** Looks whether a host answers, and notes what it saw. */
    public HostRecord lookAtHost(RecordId<HostRecord> host) throws InterruptedException {
        HostRecord known =
                catalog.inTransaction(transaction -> transaction.hosts().require(host));
        String type = hypervisorType(known);
        Sighting.State state = sighting(() -> connections.host(known, type).probe());
        return change(host, now -> now.seen(new Sighting(state, clock.instant())));
    }

    /** Looks whether a pool answers, and notes what it saw, and what its storage is. */
    public PoolRecord lookAtPool(RecordId<PoolRecord> pool) throws InterruptedException {
        PoolRecord known =
                catalog.inTransaction(transaction -> transaction.pools().require(pool));
        Sighting.State state = sighting(() -> connections.pool(known).statistics());
        Optional<String> identity = state == Sighting.State.UP ? identity(known) : Optional.empty();
        return catalog.inTransaction(transaction -> transaction
                .pools()
                .update(transaction
                        .pools()
                        .require(pool)
                        .seen(new Sighting(state, clock.instant()))
                        .identifiedBy(identity)));
    }

    /**
     * Returns what a pool has that no record tells of: somebody else's, or left where a record was lost. The engine counts nothing of it for anybody
     * and removes nothing of it; it takes room, which the pool tells. What is being made or removed meanwhile is not told of. Changes nothing.
     *
     * @throws DriverException with {@code NOT_FOUND} if there is no such pool; as the pool says, if it does not answer
     */
    public List<Volume> strangers(RecordId<PoolRecord> pool) throws InterruptedException {
        PoolRecord known =
                catalog.inTransaction(transaction -> transaction.pools().require(pool));
        StoragePool open = connections.pool(known);
        List<Volume> there = open.list(); // before the catalog is read, which knows of a thing before the pool has it
        List<Volume> unknown = catalog.inTransaction(transaction -> {
            Belongings belongings = new Belongings(transaction);
            return there.stream()
                    .filter(volume -> !belongings.has(pool, volume.id(), volume.name()))
                    .toList();
        });
        List<Volume> strangers = new ArrayList<>();
        for (Volume volume : unknown) {
            open.find(volume.id()).ifPresent(strangers::add); // what was removed meanwhile has no record any more
        }
        return List.copyOf(strangers);
    }

    private Optional<String> identity(PoolRecord pool) throws InterruptedException {
        try {
            return connections.pool(pool).identity();
        } catch (DriverException e) {
            return Optional.empty(); // what was known stays
        }
    }

    /** Removes a zone without clusters and pools. */
    public void removeZone(RecordId<ZoneRecord> zone) throws InterruptedException {
        remove(zone, Transaction::zones, SettingStore::forget);
    }

    /** Removes a cluster without hosts and pools. */
    public void removeCluster(RecordId<ClusterRecord> cluster) throws InterruptedException {
        remove(cluster, Transaction::clusters, SettingStore::forget);
    }

    /**
     * Removes a host that nothing uses. The host itself is left as it is.
     *
     * @throws DriverException with {@code IN_USE} if a volume is attached there or a pool is on it, naming it
     */
    public void removeHost(RecordId<HostRecord> host) throws InterruptedException {
        catalog.inTransaction(transaction -> {
            transaction.attachments().where(AttachmentRecord.HOST, host).stream()
                    .findAny()
                    .ifPresent(use -> {
                        throw DriverException.because(Failure.IN_USE)
                                .message(
                                        "volume %s is attached to host %s by machine %s",
                                        use.volume(), host, use.machine());
                    });
            transaction.hosts().find(host).ifPresent(known -> {
                credentials.forget(transaction, known);
                transaction.hosts().delete(known);
            });
            return host;
        });
        storageHosts.drop(host);
        connections.dropHost(host);
    }

    /** Removes a pool without volumes, templates and children. What it holds besides is left as it is. */
    public void removePool(RecordId<PoolRecord> pool) throws InterruptedException {
        catalog.inTransaction(transaction -> {
            transaction.pools().find(pool).ifPresent(known -> {
                credentials.forget(transaction, known);
                SettingStore.forget(transaction, known);
                transaction.pools().delete(known);
            });
            return pool;
        });
        connections.dropPool(pool);
    }

    private HostRecord change(RecordId<HostRecord> host, Function<HostRecord, HostRecord> change)
            throws InterruptedException {
        return catalog.inTransaction(transaction ->
                transaction.hosts().update(change.apply(transaction.hosts().require(host))));
    }

    private <R extends CatalogRecord<R>> void remove(
            RecordId<R> id, Function<Transaction, Table<R>> table, BiConsumer<Transaction, R> before)
            throws InterruptedException {
        catalog.inTransaction(transaction -> {
            Table<R> records = table.apply(transaction);
            records.find(id).ifPresent(known -> {
                before.accept(transaction, known);
                records.delete(known);
            });
            return id;
        });
    }

    private interface Look {
        Object look() throws InterruptedException;
    }

    /** Only silence means that it is down; whoever complains is there. */
    private static Sighting.State sighting(Look look) throws InterruptedException {
        try {
            look.look();
            return Sighting.State.UP;
        } catch (DriverException e) {
            boolean silent = e.failure() == Failure.UNREACHABLE || e.failure() == Failure.TIMED_OUT;
            return silent ? Sighting.State.DOWN : Sighting.State.UP;
        }
    }
}
