package io.hvkit.engine.internal.cluster;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.SecretSource;
import io.hvkit.engine.cluster.ChildChange;
import io.hvkit.engine.internal.inventory.Additions;
import io.hvkit.engine.internal.inventory.Connections;
import io.hvkit.engine.internal.inventory.Credentials;
import io.hvkit.storage.spi.ClusterSight;
import io.hvkit.storage.spi.PoolChild;
import io.hvkit.storage.spi.PoolCluster;
import io.hvkit.storage.spi.StoragePool;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps parents of pools and their children as their storage has them. Each change is one transaction: the storage is looked at before, the
 * difference is worked out from what the catalog has within it, and all of it is written, or nothing.
 */
public final class ClusterKeeping {

    private static final Logger LOG = LoggerFactory.getLogger(ClusterKeeping.class);

    private final Catalog catalog;
    private final Connections connections;
    private final Credentials credentials;
    private final InstantSource clock;

    /** Makes it over a catalog. */
    public ClusterKeeping(Catalog catalog, Connections connections, Credentials credentials, InstantSource clock) {
        this.catalog = catalog;
        this.connections = connections;
        this.credentials = credentials;
        this.clock = clock;
    }

    /** Adds a parent with all its children. */
    public PoolRecord add(
            PoolRecord fresh, PoolCluster open, Map<String, SecretSource> lent, Map<String, KeyRecord> wrapped)
            throws InterruptedException {
        ClusterSight seen = open.look();
        Map<RecordId<PoolRecord>, String> learned = learned(seen);
        List<PoolChild> added = catalog.inTransaction(transaction ->
                added(new ClusterPlanner(fresh, ledger(transaction, fresh).known(learned)).adding(seen)));
        new ChildOpening(connections, fresh, lent).requireAll(added);
        return catalog.inTransaction(transaction -> Additions.twin(transaction, fresh)
                .orElseGet(() -> {
                    List<PlannedChange> plan =
                            new ClusterPlanner(fresh, ledger(transaction, fresh).known(learned)).adding(seen);
                    requireOpened(fresh, added, added(plan));
                    PoolRecord kept = transaction.pools().insert(fresh);
                    credentials.keep(transaction, kept, wrapped);
                    List<ChildChange> unused = ledger(transaction, kept).write(plan);
                    return kept;
                }));
    }

    private static void requireOpened(PoolRecord parent, List<PoolChild> opened, List<PoolChild> added) {
        if (!opened.containsAll(added)) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.NOT_APPLIED)
                    .message("pools were removed while %s was being added; add it again", parent.name());
        }
    }

    private ClusterLedger ledger(Transaction transaction, PoolRecord parent) {
        return new ClusterLedger(transaction, parent, credentials, clock.instant());
    }

    private static List<PoolChild> added(List<PlannedChange> plan) {
        return plan.stream()
                .filter(PlannedChange.Add.class::isInstance)
                .map(change -> ((PlannedChange.Add) change).child())
                .toList();
    }

    /**
     * What came of a look.
     *
     * @param parent as it is kept
     * @param changes what was written
     * @param warnings what could not be opened
     */
    public record Synchronised(PoolRecord parent, List<ChildChange> changes, List<String> warnings) {}

    /** Looks at a parent, and writes what has changed. */
    public Synchronised synchronise(RecordId<PoolRecord> id) throws InterruptedException {
        Instant lookedAt = clock.instant();
        PoolRecord parent =
                catalog.inTransaction(transaction -> transaction.pools().require(id));
        ClusterSight seen = cluster(parent).look();
        Map<RecordId<PoolRecord>, String> learned = learned(seen);
        List<PoolChild> fresh =
                catalog.inTransaction(transaction -> added(plan(transaction, parent, seen, learned, lookedAt)));
        Map<PoolChild, String> troubles = new ChildOpening(connections, parent, credentials.of(parent)).troubles(fresh);
        List<PoolChild> fit =
                fresh.stream().filter(child -> !troubles.containsKey(child)).toList();
        List<ChildChange> changes = catalog.inTransaction(transaction -> {
            PoolRecord now = transaction.pools().require(id);
            List<PlannedChange> plan = plan(transaction, now, seen, learned, lookedAt).stream()
                    .map(change -> onlyIfFit(change, fit))
                    .toList();
            return ledger(transaction, now).write(plan);
        });
        changes.stream()
                .filter(ChildChange.Removed.class::isInstance)
                .forEach(gone ->
                        connections.dropPool(((ChildChange.Removed) gone).pool().id()));
        List<String> warnings = new ArrayList<>();
        troubles.forEach((child, trouble) -> warnings.add(child.name() + " " + trouble));
        return new Synchronised(parent, changes, List.copyOf(warnings));
    }

    private List<PlannedChange> plan(
            Transaction transaction,
            PoolRecord parent,
            ClusterSight seen,
            Map<RecordId<PoolRecord>, String> learned,
            Instant lookedAt) {
        return new ClusterPlanner(parent, ledger(transaction, parent).known(learned)).syncing(seen, lookedAt);
    }

    private static PlannedChange onlyIfFit(PlannedChange change, List<PoolChild> fit) {
        return change instanceof PlannedChange.Add add && !fit.contains(add.child())
                ? new PlannedChange.Postpone(add.child())
                : change;
    }

    /** Returns what a parent is made of. */
    public PoolCluster cluster(PoolRecord parent) throws InterruptedException {
        return connections
                .pool(parent)
                .cluster()
                .orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                        .effect(Effect.NOT_APPLIED)
                        .message("pool %s is of type %s, and no parent of pools", parent.name(), parent.type()));
    }

    /** Asks pools that were kept without an identity, and may be children, for it. One that does not answer is known by the way to it. */
    private Map<RecordId<PoolRecord>, String> learned(ClusterSight seen) throws InterruptedException {
        Set<String> types =
                seen.children().stream().map(child -> child.type().id()).collect(Collectors.toSet());
        List<PoolRecord> pools = catalog.inTransaction(transaction -> Additions.all(transaction.pools()));
        Map<RecordId<PoolRecord>, String> learned = new HashMap<>();
        for (PoolRecord pool : pools) {
            if (pool.identity().isEmpty() && types.contains(pool.type())) {
                identity(pool).ifPresent(identity -> learned.put(pool.id(), identity));
            }
        }
        return Map.copyOf(learned);
    }

    private Optional<String> identity(PoolRecord pool) throws InterruptedException {
        try {
            StoragePool open = connections.pool(pool);
            return open.identity();
        } catch (DriverException e) {
            LOG.warn("pool {} did not say what it is: {}", pool.name(), e.getMessage());
            return Optional.empty();
        }
    }

    /** Returns the children of a pool, ordered by name. */
    public List<PoolRecord> children(RecordId<PoolRecord> parent) throws InterruptedException {
        return catalog.inTransaction(transaction -> {
            PoolRecord known = transaction.pools().require(parent);
            return transaction.pools().where(PoolRecord.PARENT, known.id()).stream()
                    .sorted(Comparator.comparing(PoolRecord::name))
                    .toList();
        });
    }
}
