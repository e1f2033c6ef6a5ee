package io.hvkit.storage.spi.chain;

import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.Reason.Why;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Lets go of copies that nobody wants any more. What goes with a layer goes before it, deepest first, so that whoever looks at the
 * snapshot again after a stop finds everything that is left from there.
 */
final class Release {

    private final Draft draft;

    Release(Draft draft) {
        this.draft = draft;
    }

    private ChainGraph graph() {
        return draft.graph();
    }

    /** Lets go of every copy of a snapshot that is not live. */
    void copies(SnapshotId id) {
        List<PoolId> stores = new ArrayList<>(graph().require(id).replicas().keySet());
        stores.sort(Order.POOLS);
        for (PoolId store : stores) {
            copy(id, store);
        }
    }

    /** Lets go of one copy, if it is not live. */
    void copy(SnapshotId id, PoolId store) {
        Optional<Replica> replica = graph().snapshot(id)
                .flatMap(snapshot -> snapshot.replicaIn(store))
                .filter(some -> !some.state().isLive());
        if (replica.isEmpty()) {
            return;
        }
        LayerId layer = replica.get().layer();
        Optional<SnapshotId> other = graph().snapshotsOn(layer).stream().findFirst();
        if (other.isPresent()) {
            draft.because(Why.SHARED, layer + " is also the layer of " + other.get());
            draft.then(new Step.Drop(id, store));
            return;
        }
        settle(layer);
        if (isMerging(store) && canMerge(layer)) {
            merge(layer);
        }
        if (graph().isUnread(layer)) {
            discard(layer);
            return;
        }
        draft.because(Why.HIDDEN, layer + " is read by" + Blockers.words(graph(), layer));
        if (replica.get().state() == Replica.State.DESTROYING) {
            draft.then(new Step.Hide(id, store));
        }
    }

    /** A layer that was begun and given up may have been taken all the same; then its volume stands on it, and must not. */
    private void settle(LayerId layer) {
        for (VolumeId id : List.copyOf(graph().volumesOn(layer))) {
            ChainVolume volume = graph().volume(id).orElseThrow();
            if (volume.doubt().equals(Optional.of(layer))) {
                draft.work(new Step.RebaseVolume(id, layer, volume.base()));
            }
        }
    }

    private boolean isMerging(PoolId store) {
        return draft.isUp(store)
                && graph().store(store)
                        .filter(known -> known.removal() == ChainStore.Removal.MERGES)
                        .isPresent();
    }

    /**
     * Returns whether all that read a layer can get what they need of it, now. A child that no snapshot lives on is in the way: what
     * reads that one may have been moved onto this layer already, and the process that did it may have died before it said so.
     */
    boolean canMerge(LayerId id) {
        Layer layer = graph().layer(id).orElseThrow();
        return layer.state() == Layer.State.READY
                && layer.parent()
                        .flatMap(graph()::layer)
                        .filter(below -> !isReady(below))
                        .isEmpty()
                && graph().children(id).stream()
                        .flatMap(child -> graph().layer(child).stream())
                        .allMatch(child -> isReady(child)
                                && !graph().snapshotsOn(child.id()).isEmpty())
                && graph().volumesOn(id).stream()
                        .flatMap(volume -> graph().volume(volume).stream())
                        .allMatch(volume -> stands(volume, id));
    }

    private static boolean isReady(Layer layer) {
        return layer.state() == Layer.State.READY;
    }

    private static boolean stands(ChainVolume volume, LayerId layer) {
        return volume.base().equals(Optional.of(layer))
                && volume.doubt().isEmpty()
                && !volume.reads().contains(layer);
    }

    /** Gives all that read a layer what they need of it. */
    void merge(LayerId id) {
        Optional<LayerId> below = graph().layer(id).flatMap(Layer::parent);
        List<LayerId> children = new ArrayList<>(graph().children(id));
        List<VolumeId> volumes = new ArrayList<>(graph().volumesOn(id));
        if (children.isEmpty() && volumes.isEmpty()) {
            return;
        }
        draft.because(Why.MERGED, id + " is merged into" + Blockers.words(graph(), id));
        children.forEach(child -> draft.then(new Step.Rebase(child, below)));
        volumes.forEach(volume -> draft.then(new Step.RebaseVolume(volume, id, below)));
    }

    /** Deletes a layer that nobody reads, and those below that were kept for it. */
    void discard(LayerId top) {
        List<LayerId> run = new ArrayList<>();
        Optional<Layer> at = graph().layer(top);
        while (at.isPresent() && graph().isUnread(at.get().id())) {
            run.add(0, at.get().id());
            if (at.get().state() != Layer.State.DELETING) {
                draft.then(new Step.Condemn(at.get().id()));
            }
            at = at.get().parent().flatMap(graph()::layer);
        }
        for (LayerId layer : run) {
            if (!layer.equals(top)) {
                draft.because(Why.COLLECTED, layer + " was kept for " + top + " and nobody else");
            }
            if (!draft.work(new Step.Delete(layer))) {
                return;
            }
        }
    }
}
