package io.hvkit.storage.spi.chain;

import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;

/**
 * Who has to do with a layer.
 *
 * @param children the layers that stand on it and stay
 * @param dying those that stand on it and are to go
 * @param live the snapshots that need it for themselves
 * @param dead those that were deleted or given up, or do not want it any more
 * @param volumes the volumes that read it
 */
record Links(
        Tree<LayerId, LayerId> children,
        Tree<LayerId, LayerId> dying,
        Tree<SnapshotId, SnapshotId> live,
        Tree<SnapshotId, SnapshotId> dead,
        Tree<VolumeId, VolumeId> volumes) {

    static Links none(Tree.Probe probe) {
        Tree<LayerId, LayerId> layers = Tree.empty(Order.LAYERS, probe);
        Tree<SnapshotId, SnapshotId> snapshots = Tree.empty(Order.SNAPSHOTS, probe);
        return new Links(layers, layers, snapshots, snapshots, Tree.empty(Order.VOLUMES, probe));
    }

    boolean isUnread() {
        return live.isEmpty() && children.isEmpty() && volumes.isEmpty();
    }

    boolean isEmpty() {
        return isUnread() && dying.isEmpty() && dead.isEmpty();
    }

    Links withChild(Layer child) {
        return child.state() == Layer.State.DELETING
                ? new Links(children, dying.with(child.id(), child.id()), live, dead, volumes)
                : new Links(children.with(child.id(), child.id()), dying, live, dead, volumes);
    }

    Links withoutChild(LayerId child) {
        return new Links(children.without(child), dying.without(child), live, dead, volumes);
    }

    Links withHolder(SnapshotId snapshot, Replica replica) {
        return replica.state().isLive()
                ? new Links(children, dying, live.with(snapshot, snapshot), dead, volumes)
                : new Links(children, dying, live, dead.with(snapshot, snapshot), volumes);
    }

    Links withoutHolder(SnapshotId snapshot) {
        return new Links(children, dying, live.without(snapshot), dead.without(snapshot), volumes);
    }

    Links withVolume(VolumeId volume) {
        return new Links(children, dying, live, dead, volumes.with(volume, volume));
    }

    Links withoutVolume(VolumeId volume) {
        return new Links(children, dying, live, dead, volumes.without(volume));
    }
}
