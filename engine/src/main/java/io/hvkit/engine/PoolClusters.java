package io.hvkit.engine;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Incubating;
import io.hvkit.engine.cluster.ClusterReport;
import io.hvkit.engine.internal.cluster.ClusterKeeping;
import io.hvkit.engine.internal.cluster.PoolStanding;
import io.hvkit.engine.internal.inventory.Connections;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Parents of pools, such as clusters of datastores, after {@link Inventory#addPool} has added them. A parent is never chosen for volumes; they
 * are made in its children, which are pools like others. What a parent has counts for its children: its reach, its {@linkplain
 * Inventory#putPool standing}, its secrets, its settings where they have none, and its tags beside theirs. Any number of threads and processes
 * may look after one parent.
 */
@Incubating(since = "0.1")
public final class PoolClusters {

    private final Catalog catalog;
    private final Connections connections;
    private final ClusterKeeping keeping;
    private final Volumes volumes;

    PoolClusters(Catalog catalog, Connections connections, ClusterKeeping keeping, Volumes volumes) {
        this.catalog = catalog;
        this.connections = connections;
        this.keeping = keeping;
        this.volumes = volumes;
    }

    /**
     * Returns the children of a pool, ordered by name; none if it is no parent.
     *
     * @throws DriverException with {@code NOT_FOUND} if there is no such pool
     */
    public List<PoolRecord> children(RecordId<PoolRecord> parent) throws InterruptedException {
        return keeping.children(parent);
    }

    /**
     * Returns why a pool takes nothing new by what operators decided of it and of its parent, and by what was seen of it there, in words for
     * people; nothing if it does.
     *
     * @throws DriverException with {@code NOT_FOUND} if there is no such pool
     */
    public Optional<String> closed(RecordId<PoolRecord> pool) throws InterruptedException {
        return catalog.inTransaction(transaction -> {
            PoolRecord known = transaction.pools().require(pool);
            return PoolStanding.against(known, PoolStanding.parent(transaction, known));
        });
    }

    /**
     * Returns how full a parent is: what its children say, added up. Nothing of it is kept, and nothing is counted twice; who adds up pools leaves
     * parents out.
     *
     * @throws DriverException as a child fails that does not answer, for then nobody can tell
     */
    public PoolStatistics statistics(RecordId<PoolRecord> parent) throws InterruptedException {
        ByteSize capacity = ByteSize.ZERO;
        ByteSize used = ByteSize.ZERO;
        ByteSize provisioned = ByteSize.ZERO;
        for (PoolRecord child : keeping.children(parent)) {
            PoolStatistics of = connections.pool(child).statistics();
            capacity = capacity.plus(of.capacity());
            used = used.plus(of.used());
            provisioned = provisioned.plus(of.provisioned());
        }
        return new PoolStatistics(capacity, used, provisioned);
    }

    /**
     * Looks at a parent, and brings the catalog up to what its storage shows, in one transaction. New children are added once they are well and
     * answer; those that other parents lost are taken over, with their ids and volumes. A child that is not seen takes nothing new; the second
     * time in a row it goes, but never with anything in it. Then the volumes of all children are looked at, and those that the storage
     * moved by itself are followed, each by {@link Volumes#lookAt}. Doing it again does nothing more, unless the storage has changed.
     *
     * <table>
     * <caption>Failures; nothing is changed</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such pool</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>it is no parent, or its storage shows no child; perhaps the account may not see them</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>a child is known as several pools or in another zone, says no identity, or is listed by another parent, too</td><td>{@code
     * EXISTS_DIFFERENTLY}, naming each</td></tr>
     * <tr><td>the storage does not answer</td><td>what its driver says, such as {@code UNREACHABLE}</td></tr>
     * </table>
     *
     * @return what has changed, and what could not be seen: a child that does not answer fails nothing
     */
    public ClusterReport synchronise(RecordId<PoolRecord> parent) throws InterruptedException {
        ClusterKeeping.Synchronised done = keeping.synchronise(parent);
        List<String> warnings = new ArrayList<>(done.warnings());
        Map<RecordId<VolumeRecord>, RecordId<PoolRecord>> moved = new HashMap<>();
        for (PoolRecord child : keeping.children(parent)) {
            try {
                follow(child, moved, warnings);
            } catch (DriverException e) {
                warnings.add("the volumes of pool " + child.name() + " were not looked at: " + e.getMessage());
            }
        }
        return new ClusterReport(done.parent(), done.changes(), moved, warnings);
    }

    private void follow(
            PoolRecord child, Map<RecordId<VolumeRecord>, RecordId<PoolRecord>> moved, List<String> warnings)
            throws InterruptedException {
        StoragePool open = connections.pool(child);
        Map<String, Volume> there = new HashMap<>();
        open.list().forEach(volume -> there.put(volume.id().value(), volume));
        for (VolumeRecord known :
                catalog.inTransaction(transaction -> transaction.volumes().where(VolumeRecord.POOL, child.id()))) {
            Optional<Volume> now = known.place().externalId().flatMap(id -> Optional.ofNullable(there.get(id.value())));
            if (known.state() == VolumeRecord.State.READY && now.isPresent() && differs(known, now.get())) {
                lookAt(known, moved, warnings);
            }
        }
    }

    private static boolean differs(VolumeRecord known, Volume now) {
        boolean isOther = now.diskUuid().isPresent()
                && !now.diskUuid().equals(known.place().diskUuid());
        return now.liesIn().isPresent() || isOther;
    }

    private void lookAt(
            VolumeRecord known, Map<RecordId<VolumeRecord>, RecordId<PoolRecord>> moved, List<String> warnings)
            throws InterruptedException {
        try {
            VolumeRecord now = volumes.lookAt(known.id()).await();
            if (!now.place().pool().equals(known.place().pool())) {
                moved.put(now.id(), now.place().pool());
            }
        } catch (DriverException e) {
            warnings.add("volume " + known.name() + " was not followed: " + e.getMessage());
        }
    }
}
