package io.hvkit.storage.spi.chain;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import io.hvkit.storage.spi.chain.Reason.Why;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Plans to copy whole snapshots, to other stores or to new volumes. What was begun is in the graph and is not decided again. */
final class Copying {

    private final Draft draft;

    Copying(Draft draft) {
        this.draft = draft;
    }

    private ChainGraph graph() {
        return draft.graph();
    }

    /** Returns the snapshots that a snapshot's best copy is made of and whose users have them still, oldest layers first. */
    static List<SnapshotId> line(ChainGraph graph, SnapshotId id, PoolId to) {
        LogicalSnapshot last = published(graph, id);
        List<SnapshotId> line = new ArrayList<>();
        Optional<Layer> at = source(graph, last, to).flatMap(graph::layer);
        while (at.isPresent()) {
            for (SnapshotId on : graph.snapshotsOn(at.get().id())) {
                LogicalSnapshot other = graph.require(on);
                if (isOf(other, last.volume()) && other.sequence() < last.sequence()) {
                    line.add(0, on);
                }
            }
            at = at.get().parent().flatMap(graph::layer);
        }
        line.add(id);
        return line;
    }

    private static Optional<LayerId> source(ChainGraph graph, LogicalSnapshot snapshot, PoolId to) {
        return sources(graph, snapshot, to)
                .best()
                .map(source -> source.replica().layer());
    }

    /** Only other stores come into question; none of them is nearer than another. */
    private static SnapshotSources sources(ChainGraph graph, LogicalSnapshot snapshot, PoolId to) {
        return Ranking.forPool(graph, snapshot.without(to), to);
    }

    private static LogicalSnapshot published(ChainGraph graph, SnapshotId id) {
        LogicalSnapshot snapshot = graph.require(id);
        if (!snapshot.isPublished()) {
            boolean isGoing = snapshot.state() == State.DESTROYING
                    || snapshot.state() == State.DESTROYED
                    || snapshot.state() == State.ERROR;
            throw DriverException.because(isGoing ? Failure.INVALID_REQUEST : Failure.OPERATION_PENDING)
                    .message("snapshot %s is %s; only whole ones can be read", id, snapshot.state());
        }
        return snapshot;
    }

    void copy(SnapshotId id, PoolId to, ChainLimit limit) {
        LogicalSnapshot snapshot = published(graph(), id);
        ChainPlanner.requireUp(draft, to);
        Optional<Replica> there = snapshot.replicaIn(to);
        if (there.filter(this::isUsable).isPresent()) {
            return;
        }
        LayerId from = sources(graph(), snapshot, to).requireBest().replica().layer();
        there.filter(some -> some.state() != Replica.State.CREATING).ifPresent(some -> clear(some, id));
        if (graph().require(id).replicaIn(to).isEmpty()) {
            begin(graph().require(id), from, to, limit);
        }
        Replica begun = graph().require(id).copyIn(to);
        if (begun.state() == Replica.State.CREATING) {
            Optional<LayerId> parent = graph().layer(begun.layer()).flatMap(Layer::parent);
            draft.work(new Step.Copy(id, from, begun.layer(), parent));
        }
    }

    private boolean isUsable(Replica replica) {
        return replica.state() == Replica.State.READY
                && graph().layer(replica.layer())
                        .filter(layer -> layer.state() == Layer.State.READY)
                        .isPresent();
    }

    /** A copy that cannot be used makes place for another. */
    private void clear(Replica replica, SnapshotId id) {
        PoolId store = replica.store();
        if (replica.state().isLive()) {
            draft.because(Why.COPY_UNUSABLE, replica.layer() + ", or a layer it stands on, is damaged or lost");
            draft.then(new Step.Free(id, store));
        }
        new Release(draft).copy(id, store);
        if (graph().require(id).replicaIn(store).isPresent()) {
            throw DriverException.because(Failure.IN_USE)
                    .message("what is left of %s in %s is read by others; copy it to another store", id, store);
        }
    }

    private void begin(LogicalSnapshot snapshot, LayerId from, PoolId to, ChainLimit limit) {
        Optional<LayerId> twin = copyOnThe(from, snapshot, to);
        if (twin.isPresent()) {
            draft.because(Why.SHARED, twin.get() + " holds the same");
            draft.then(new Step.Share(snapshot.id(), twin.get()));
            return;
        }
        Optional<LayerId> parent = parent(snapshot, from, to, limit);
        draft.then(
                new Step.BeginCopy(snapshot.id(), new LayerId(to, snapshot.id().value()), parent));
    }

    /** The nearest layer below that has a copy there is what a delta can stand on. */
    private Optional<LayerId> parent(LogicalSnapshot snapshot, LayerId from, PoolId to, ChainLimit limit) {
        Optional<Layer> below = graph().layer(from).flatMap(Layer::parent).flatMap(graph()::layer);
        if (below.isEmpty()) {
            draft.because(Why.SOURCE_FULL, from + " is full");
            return Optional.empty();
        }
        Optional<LayerId> found = Optional.empty();
        while (below.isPresent() && found.isEmpty()) {
            found = copyOnThe(below.get().id(), snapshot, to);
            below = below.get().parent().flatMap(graph()::layer);
        }
        if (found.isEmpty()) {
            draft.because(Why.PARENT_ELSEWHERE, "nothing that " + from + " stands on is in " + to);
        } else if (limit.forbidsDeltas()) {
            draft.because(Why.DELTAS_FORBIDDEN, "snapshot.delta.max is " + limit);
        } else if (!limit.allowsOneMore(graph(), found.get())) {
            draft.because(
                    Why.LIMIT_REACHED, "the chain of " + found.get() + " has the " + limit + " layers it may have");
        } else {
            draft.because(Why.DELTA, "it holds what differs from " + found.get());
            return found;
        }
        return Optional.empty();
    }

    /** Returns a usable layer in a store that holds what another one does: a snapshot that lives has both. */
    private Optional<LayerId> copyOnThe(LayerId layer, LogicalSnapshot snapshot, PoolId to) {
        for (SnapshotId on : graph().snapshotsOn(layer)) {
            LogicalSnapshot other = graph().require(on);
            Optional<LayerId> there = other.replicaIn(to)
                    .filter(some -> some.state() == Replica.State.READY)
                    .map(Replica::layer)
                    .filter(some -> graph().layer(some).orElseThrow().state() == Layer.State.READY);
            if (!on.equals(snapshot.id()) && there.isPresent()) {
                return there;
            }
        }
        return Optional.empty();
    }

    private static boolean isOf(LogicalSnapshot other, VolumeId volume) {
        return other.volume().equals(volume) && other.isPublished();
    }

    /** Plans a new volume or template of a snapshot, or the rest of it. */
    void restore(SnapshotId id, VolumeId target, PoolId pool) {
        Optional<ChainVolume> known = graph().volume(target);
        if (known.isEmpty()) {
            LogicalSnapshot snapshot = published(graph(), id);
            ChainPlanner.requireUp(draft, pool);
            RankedSource best = Ranking.forPool(graph(), snapshot, pool).requireBest();
            best.reasons().forEach(draft::because);
            draft.then(new Step.BeginRestore(id, best.replica().layer(), target, pool));
        } else if (!known.get().isMadeFrom(id) || !known.get().pool().equals(pool)) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("there is a volume %s that was not made from %s in %s; take another id", target, id, pool);
        }
        for (LayerId from : graph().volume(target).orElseThrow().reads()) {
            Refusals.requireWhole(graph().layer(from).orElseThrow());
            draft.work(new Step.Restore(id, from, target, pool));
        }
    }
}
