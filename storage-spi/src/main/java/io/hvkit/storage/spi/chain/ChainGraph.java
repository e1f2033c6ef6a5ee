package io.hvkit.storage.spi.chain;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is known of snapshots: the snapshots as users know them, the layers that hold them, who reads what, and where that
 * is. Immutable; a changed graph shares with its original what did not change, so that keeping both costs little. It changes by
 * {@linkplain #apply steps} and by facts that nobody planned ({@code with...}). Any number of threads may share it.
 */
@Incubating(since = "0.1")
public final class ChainGraph {

    /**
     * A graph after a step.
     *
     * @param graph the graph
     * @param event what whoever counts usage must be told, in the same transaction that keeps the graph
     */
    public record Applied(ChainGraph graph, Optional<UsageEvent> event) {}

    private final GraphState state;

    ChainGraph(GraphState state) {
        this.state = state;
    }

    /** Returns a graph of nothing. */
    public static ChainGraph empty() {
        return watchedBy(Tree.Probe.NONE);
    }

    /** Returns a graph of nothing that tells of each entry that is looked at in it and in what is made of it. */
    static ChainGraph watchedBy(Tree.Probe probe) {
        return new ChainGraph(GraphState.empty(probe));
    }

    /**
     * Returns the graph of rows that were kept.
     *
     * @throws DriverException with {@code CORRUPT_DATA} if they do not fit together, naming one that does not
     */
    public static ChainGraph of(ChainRows rows) {
        return new ChainGraph(RowCheck.load(rows, Tree.Probe.NONE));
    }

    /** Returns its rows, each list in the order of the ids. */
    public ChainRows rows() {
        return new ChainRows(
                state.stores().values(),
                state.volumes().values(),
                state.layers().values(),
                state.snapshots().values());
    }

    GraphState state() {
        return state;
    }

    /**
     * Returns the graph after a step, which is the same if it was applied before.
     *
     * @throws DriverException if the step cannot be, with the failure that says why: {@code NOT_FOUND}, {@code IN_USE} if somebody
     *     reads what would go, {@code OPERATION_PENDING}, {@code EXISTS_DIFFERENTLY}, {@code CORRUPT_DATA}, or
     *     {@code INVALID_REQUEST} if its turn has not come or is over
     */
    public Applied apply(Step step) {
        GraphEdit edit = new GraphEdit(state);
        Optional<UsageEvent> event = step.accept(new StepRules(edit));
        return new Applied(new ChainGraph(edit.state()), event);
    }

    /** Returns the graph with a store, or with what is now known of it. */
    public ChainGraph withStore(ChainStore store) {
        GraphEdit edit = new GraphEdit(state);
        edit.put(store);
        return new ChainGraph(edit.state());
    }

    /** Returns the graph with a volume in a pool: a new one, or one that was moved there, where it stands on nothing. */
    public ChainGraph withVolume(VolumeId volume, PoolId pool) {
        return Facts.of(this).volume(volume, pool);
    }

    /** Returns the graph without a volume. Snapshots of it stay, and what it read is not read by it any more. */
    public ChainGraph withoutVolume(VolumeId volume) {
        return Facts.of(this).volumeGone(volume);
    }

    /**
     * Returns the graph where a layer is read for a volume, such as one that is just being made from it, until that is
     * {@linkplain #withoutReading over}.
     *
     * @throws DriverException {@code NOT_FOUND} if there is no such volume or layer, {@code IN_USE} if the layer is to go,
     *     {@code CORRUPT_DATA} if it is unusable, {@code OPERATION_PENDING} if it is being written
     */
    public ChainGraph withReading(VolumeId volume, LayerId layer) {
        return Facts.of(this).reading(volume, layer);
    }

    /** Returns the graph where a layer is no longer read for a volume; what the volume's disk stands on stays so. */
    public ChainGraph withoutReading(VolumeId volume, LayerId layer) {
        return Facts.of(this).released(volume, layer);
    }

    /**
     * Returns the graph where a volume's disk stands on a layer, as a linked clone does, until a step moves it.
     *
     * @throws DriverException as {@link #withReading}
     */
    public ChainGraph withBase(VolumeId volume, LayerId layer) {
        return Facts.of(this).base(volume, layer);
    }

    /** Returns the graph where a layer is known to be damaged or lost, and with it all that stand on it. */
    public ChainGraph withUnusable(LayerId layer) {
        return Facts.of(this).unusable(layer);
    }

    /**
     * Returns the graph where a layer that was known to be damaged or lost is whole: it is there again, and what is read of it was proved to be
     * what it was, such as by comparing it with another copy. Those that stand on it are to be proved each for itself. Of one that is whole
     * already, nothing changes.
     *
     * @throws DriverException {@code NOT_FOUND} if there is no such layer, {@code IN_USE} if it is to go, {@code OPERATION_PENDING} if it is
     *     being written, {@code INVALID_REQUEST} if it never was whole, {@code CORRUPT_DATA} if it stands on one that is unusable: prove that
     *     first
     */
    public ChainGraph withReadable(LayerId layer) {
        return Facts.of(this).readable(layer);
    }

    /** Returns a store. */
    public Optional<ChainStore> store(PoolId id) {
        return state.stores().get(id);
    }

    /** Returns a volume. */
    public Optional<ChainVolume> volume(VolumeId id) {
        return state.volumes().get(id);
    }

    /** Returns a snapshot. */
    public Optional<LogicalSnapshot> snapshot(SnapshotId id) {
        return state.snapshots().get(id);
    }

    /** Returns a layer. */
    public Optional<Layer> layer(LayerId id) {
        return state.layers().get(id);
    }

    /** Returns the layers that stand on one, without those that are to go. */
    public Set<LayerId> children(LayerId layer) {
        return state.linksOf(layer).children().keys();
    }

    /** Returns the snapshots that need a layer for themselves. */
    public Set<SnapshotId> snapshotsOn(LayerId layer) {
        return state.linksOf(layer).live().keys();
    }

    /** Returns the snapshots that have a layer still and need it no longer. */
    public Set<SnapshotId> deletedOn(LayerId layer) {
        return state.linksOf(layer).dead().keys();
    }

    /** Returns the volumes that read a layer. */
    public Set<VolumeId> volumesOn(LayerId layer) {
        return state.linksOf(layer).volumes().keys();
    }

    /** Returns whether nobody reads a layer: no snapshot that lives, no volume, and no layer that stays. */
    public boolean isUnread(LayerId layer) {
        return state.linksOf(layer).isUnread();
    }

    /** Returns the layers that nobody reads: what {@link ChainPlanner#collect} is for. */
    public Set<LayerId> unread() {
        return state.loose().keys();
    }

    /** Returns the snapshots that were asked to go and have not gone. */
    public Set<SnapshotId> unfinished() {
        return state.unfinished().keys();
    }

    /** Returns the newest snapshot of a volume that has a copy in that store, in whatever state, and is older than the place. */
    public Optional<SnapshotId> newestIn(PoolId store, VolumeId volume, long before) {
        return state.historyOf(volume).inStore().get(store).flatMap(some -> some.below(before));
    }

    /** Returns the newest snapshot of a volume that is older than the place. */
    public Optional<SnapshotId> newest(VolumeId volume, long before) {
        return state.historyOf(volume).all().below(before);
    }

    /** Returns the snapshots of a volume, oldest first. */
    public List<SnapshotId> snapshotsOf(VolumeId volume) {
        return state.historyOf(volume).all().values();
    }

    /** Returns how many layers a layer is made of, itself and hidden ones included; counts up to a limit and stops there. */
    public long length(LayerId layer, long limit) {
        long length = 0;
        Optional<Layer> at = layer(layer);
        while (at.isPresent() && length < limit) {
            length++;
            at = at.get().parent().flatMap(this::layer);
        }
        return length;
    }

    /** Returns what keeps the layers of a deleted snapshot, one entry for each store. */
    public List<Blockers> blockers(SnapshotId snapshot) {
        return Blockers.of(this, snapshot);
    }

    LogicalSnapshot require(SnapshotId id) {
        return snapshot(id)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND).message("there is no snapshot %s", id));
    }

    /** Returns whether the rows are the same. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ChainGraph that
                && state.snapshots().equals(that.state.snapshots())
                && state.layers().equals(that.state.layers())
                && state.volumes().equals(that.state.volumes())
                && state.stores().equals(that.state.stores());
    }

    @Override
    public int hashCode() {
        return 31 * state.snapshots().hashCode() + state.layers().hashCode();
    }

    /** Returns the {@linkplain ChainPicture picture} of all volumes. */
    @Override
    public String toString() {
        return ChainPicture.of(this);
    }
}
