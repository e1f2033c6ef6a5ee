package io.hvkit.storage.spi.chain;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import io.hvkit.storage.spi.chain.Reason.Why;
import java.util.List;
import java.util.Optional;

/**
 * Says what is to be done to chains of snapshots. Pure: equal graphs and equal questions give equal plans. Nothing goes that somebody
 * reads; what was deleted goes when nobody reads it any more; a plan reaches nothing but what it is about, and is refused as a
 * {@code DEFECT} rather than returned if it would. A plan costs what is affected, not what there is. Any number of threads may share it.
 */
@Incubating(since = "0.1")
public final class ChainPlanner {

    private final ChainGraph graph;

    private ChainPlanner(ChainGraph graph) {
        this.graph = graph;
    }

    /** Returns a planner for what is there. */
    public static ChainPlanner of(ChainGraph graph) {
        return new ChainPlanner(graph);
    }

    /**
     * Plans to take a snapshot, or the rest of it if that was begun. While the store of the backup does not answer, the snapshot is
     * taken and the backup waits.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such volume or store</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the id is that of another volume's snapshot, or of one that is being deleted or was given up</td><td>{@code
     * EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>another snapshot of the volume is being taken</td><td>{@code OPERATION_PENDING}</td></tr>
     * <tr><td>the volume's pool does not answer, or the only store that is asked for</td><td>{@code UNREACHABLE}</td></tr>
     * <tr><td>what was begun stands on a layer that became unusable</td><td>{@code CORRUPT_DATA}; give it up</td></tr>
     * <tr><td>the volume was moved after it was begun</td><td>{@code INVALID_REQUEST}; give it up</td></tr>
     * </table>
     */
    public ChainPlan take(TakeSnapshot request) {
        Draft draft = new Draft(graph);
        new Taking(draft, request).plan();
        return draft.plan(BlastRadius.of(request.id()));
    }

    /** Returns how the backup of a snapshot that would be taken now is to be made, and why. Fails as {@link #take}. */
    public BackupDecision decide(TakeSnapshot request) {
        ChainVolume volume = graph.volume(request.volume()).orElseThrow(() -> missing("volume", request.volume()));
        TakeSnapshot.Backup backup = request.backup()
                .orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                        .message("no backup of %s is asked for", request.id()));
        long place = graph.snapshot(request.id()).map(LogicalSnapshot::sequence).orElse(volume.next());
        return BackupDecision.of(graph, volume, place, backup);
    }

    /**
     * Plans to delete a snapshot. Copies that others read are hidden, or merged into those where the store does that; the rest goes,
     * with everything below that was kept for it alone. It counts as used until everything of it that can go has gone: while a store
     * does not answer, it stays {@code DESTROYING}. Does nothing if there is none; asked again, does what is left.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>it is being taken or backed up</td><td>{@code OPERATION_PENDING}; wait, or {@linkplain #abandon give it up}</td></tr>
     * </table>
     */
    public ChainPlan delete(SnapshotId id) {
        Draft draft = new Draft(graph);
        if (graph.snapshot(id).isEmpty()) {
            draft.because(Why.NOTHING_TO_DO, "there is no snapshot " + id);
        } else {
            delete(draft, id);
        }
        return draft.plan(BlastRadius.of(id));
    }

    private static void delete(Draft draft, SnapshotId id) {
        State state = draft.graph().require(id).state();
        if (state != State.DESTROYING && state != State.DESTROYED) {
            draft.then(new Step.BeginDelete(id));
        }
        new Release(draft).copies(id);
        boolean isReleased = draft.graph().snapshot(id).filter(left -> left.state() == State.DESTROYING).stream()
                .flatMap(left -> left.replicas().values().stream())
                .allMatch(replica -> replica.state() == Replica.State.HIDDEN);
        if (isReleased && draft.graph().unfinished().contains(id)) {
            draft.then(new Step.Retire(id));
        }
    }

    /**
     * Plans to give up a snapshot that did not become whole. What was written of it goes; its record stays in {@code ERROR} until it is
     * deleted. It never counted as used. Does nothing if there is none.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is whole; delete it
     */
    public ChainPlan abandon(SnapshotId id) {
        Draft draft = new Draft(graph);
        Optional<LogicalSnapshot> snapshot = graph.snapshot(id);
        if (snapshot.isPresent()) {
            if (snapshot.get().state() != State.ERROR) {
                draft.then(new Step.Fail(id));
            }
            new Release(draft).copies(id);
        }
        return draft.plan(BlastRadius.of(id));
    }

    /**
     * Plans to finish every deletion that stopped or waited, and to remove every layer that nobody reads. For each start of a process,
     * and whenever a store answers again. Costs what is due.
     */
    public ChainPlan collect() {
        Draft draft = new Draft(graph);
        List<SnapshotId> due = List.copyOf(graph.unfinished());
        List<LayerId> loose = List.copyOf(graph.unread());
        int planned;
        do { // what goes may have been in the way of another, and after a stop it would no longer be
            planned = draft.size();
            collect(draft, due, loose);
        } while (draft.size() > planned);
        return draft.plan(BlastRadius.ofDue(due, loose));
    }

    private static void collect(Draft draft, List<SnapshotId> due, List<LayerId> loose) {
        due.stream().filter(id -> draft.graph().unfinished().contains(id)).forEach(id -> delete(draft, id));
        Release release = new Release(draft);
        loose.forEach(layer -> draft.graph()
                .layer(layer)
                .filter(left -> draft.graph().isUnread(layer))
                .ifPresent(left -> release.discard(layer)));
    }

    /**
     * Plans to end the hiding of a deleted snapshot: those that read its layers get what they need of them. Does nothing if there is
     * none.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>it is not deleted</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>somebody reads a layer who cannot be moved now: a layer being written, a volume being made</td><td>{@code
     * IN_USE}</td></tr>
     * <tr><td>a store does not answer</td><td>{@code UNREACHABLE}</td></tr>
     * </table>
     */
    public ChainPlan merge(SnapshotId id) {
        Draft draft = new Draft(graph);
        if (graph.snapshot(id).isPresent()) {
            if (graph.require(id).state() != State.DESTROYED) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "snapshot %s is %s; only deleted ones are merged",
                                id, graph.require(id).state());
            }
            Release release = new Release(draft);
            for (Replica replica : graph.require(id).replicas().values().stream()
                    .sorted((one, other) -> Order.POOLS.compare(one.store(), other.store()))
                    .toList()) {
                requireUp(draft, replica.store());
                merge(draft, release, replica);
                release.copy(id, replica.store());
            }
        }
        return draft.plan(BlastRadius.of(id));
    }

    private static void merge(Draft draft, Release release, Replica replica) {
        boolean isShared = !draft.graph().snapshotsOn(replica.layer()).isEmpty();
        if (isShared || draft.graph().isUnread(replica.layer())) {
            return;
        }
        if (!release.canMerge(replica.layer())) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "%s cannot be merged now; it is read by%s",
                            replica.layer(), Blockers.words(draft.graph(), replica.layer()));
        }
        release.merge(replica.layer());
    }

    /**
     * Plans to make a copy of a snapshot full in place, so that it needs no other layer: for stores that move what a layer reads into it.
     * What was kept for it alone is then due, see {@link #collect}.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such snapshot, or no copy in that store that can be read</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the copy is being written</td><td>{@code OPERATION_PENDING}</td></tr>
     * <tr><td>the store does not answer</td><td>{@code UNREACHABLE}</td></tr>
     * <tr><td>the copy is unusable</td><td>{@code CORRUPT_DATA}</td></tr>
     * </table>
     */
    public ChainPlan flatten(SnapshotId id, PoolId store) {
        Draft draft = new Draft(graph);
        Flattening flattening = new Flattening(draft);
        flattening.inPlace(flattening.readable(id, store));
        return draft.plan(BlastRadius.of(id));
    }

    /**
     * Plans to make a copy of a snapshot full by writing all of it to a new layer beside the one it has, from which it and those that stand
     * on it are read once that is whole. The old layer stays until {@link ChainGraph#withoutVolume} lets its writer go, the volume of the
     * new layer's name; then it, and what was kept for it alone, is {@linkplain #discard due}. Given up before it is whole, the new one is.
     * Does nothing if the copy stands on nothing. Fails as {@link #flatten(SnapshotId, PoolId)}, and with {@code EXISTS_DIFFERENTLY} if a
     * volume or layer of that name is another one.
     *
     * @param into the new layer, in the store of the copy; of a name that no layer and no volume ever had
     */
    public ChainPlan flatten(SnapshotId id, LayerId into) {
        Draft draft = new Draft(graph);
        Flattening flattening = new Flattening(draft);
        flattening.beside(id, flattening.readable(id, into.store()), into);
        return draft.plan(BlastRadius.of(id));
    }

    /**
     * Plans to remove a layer that nobody reads, and those below that were kept for it alone. Does nothing if there is none, or somebody
     * reads it.
     */
    public ChainPlan discard(LayerId layer) {
        Draft draft = new Draft(graph);
        if (graph.layer(layer).isPresent() && graph.isUnread(layer)) {
            new Release(draft).discard(layer);
        }
        return draft.plan(BlastRadius.ofDue(List.of(), List.of(layer)));
    }

    /**
     * Plans to copy a snapshot to another store: as a delta where something that it stands on is there already and the limit allows, in
     * full otherwise; if another with the same layer is there, that is shared. Does nothing if a copy is there.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such snapshot or store</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>it is not whole yet</td><td>{@code OPERATION_PENDING}</td></tr>
     * <tr><td>it is deleted or was given up</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>no copy of it can be read</td><td>as {@link SnapshotSources#requireBest}</td></tr>
     * <tr><td>the store does not answer</td><td>{@code UNREACHABLE}</td></tr>
     * <tr><td>what is left of an older copy there is read by others</td><td>{@code IN_USE}</td></tr>
     * </table>
     */
    public ChainPlan copy(SnapshotId id, PoolId to, ChainLimit limit) {
        Draft draft = new Draft(graph);
        new Copying(draft).copy(id, to, limit);
        return draft.plan(BlastRadius.of(id));
    }

    /**
     * Plans to copy a snapshot and every one of its volume that its chain holds, the oldest first, so that the chain there is as short
     * to write as the one it comes from. Fails as {@link #copy}.
     */
    public ChainPlan copyChain(SnapshotId id, PoolId to, ChainLimit limit) {
        Draft draft = new Draft(graph);
        List<SnapshotId> line = Copying.line(graph, id, to);
        Copying copying = new Copying(draft);
        line.forEach(one -> copying.copy(one, to, limit));
        return draft.plan(BlastRadius.ofAll(line));
    }

    /**
     * Plans to give up a copy that is being written by {@link #copy}. What was written of it goes; the snapshot and its other copies
     * stay. Does nothing if there is none.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is whole, or is the snapshot's first backup, see {@link #abandon}
     */
    public ChainPlan abandonCopy(SnapshotId id, PoolId store) {
        Draft draft = new Draft(graph);
        Optional<Replica> copy = graph.snapshot(id).flatMap(some -> some.replicaIn(store));
        if (copy.isPresent()) {
            if (copy.get().state().isLive()) {
                draft.then(new Step.FailCopy(id, store));
            }
            new Release(draft).copy(id, store);
        }
        return draft.plan(BlastRadius.of(id));
    }

    /**
     * Plans a new volume, or a template, with what a snapshot holds, from the best of its copies. That copy is read until the volume is
     * whole, whatever becomes of the snapshot. Giving it up is {@link ChainGraph#withoutVolume}. A revert is this and a swap: the
     * volume's disk is replaced by the new one, and the old one kept until somebody says that it can go.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such snapshot or pool</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the id is that of another volume</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>the snapshot is not whole, deleted, or was given up</td><td>as {@link #copy}</td></tr>
     * <tr><td>no copy of it can be read, or not the one that was begun with</td><td>as {@link SnapshotSources#requireBest}</td></tr>
     * <tr><td>the pool does not answer</td><td>{@code UNREACHABLE}</td></tr>
     * </table>
     */
    public ChainPlan restore(SnapshotId id, VolumeId target, PoolId pool) {
        Draft draft = new Draft(graph);
        new Copying(draft).restore(id, target, pool);
        return draft.plan(BlastRadius.of(id));
    }

    /** Returns the copies of a snapshot as sources for something new in a pool. */
    public SnapshotSources sources(SnapshotId id, PoolId target) {
        return Ranking.forPool(graph, graph.require(id), target);
    }

    /**
     * Returns the copies of a snapshot as sources for reverting its volume, wherever that is now. What it left behind in another pool
     * is listed, and is no source.
     *
     * @throws DriverException with {@code NOT_FOUND} if there is no such snapshot, or its volume is gone: make a new one of it
     */
    public SnapshotSources revertSources(SnapshotId id) {
        LogicalSnapshot snapshot = graph.require(id);
        ChainVolume volume = graph.volume(snapshot.volume())
                .filter(some -> some.life() == ChainVolume.Life.PRESENT)
                .orElseThrow(() -> missing("volume", snapshot.volume()));
        return Ranking.forRevert(graph, snapshot, volume);
    }

    static void requireUp(Draft draft, PoolId store) {
        if (draft.graph().store(store).isEmpty()) {
            throw missing("store", store);
        }
        if (!draft.isUp(store)) {
            throw DriverException.because(Failure.UNREACHABLE)
                    .effect(Effect.NOT_APPLIED)
                    .message("store %s does not answer; nothing was begun, ask again when it does", store);
        }
    }

    static DriverException missing(String what, Object which) {
        return DriverException.because(Failure.NOT_FOUND).message("there is no %s %s", what, which);
    }
}
