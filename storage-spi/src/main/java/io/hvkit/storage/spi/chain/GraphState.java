package io.hvkit.storage.spi.chain;

import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;

/**
 * The rows of a graph, and what is found in them without a search. The latter follows from the former.
 *
 * @param links who has to do with each layer
 * @param histories the snapshots of each volume
 * @param loose the layers that nobody reads
 * @param unfinished the snapshots that are to go
 */
record GraphState(
        Tree<PoolId, ChainStore> stores,
        Tree<VolumeId, ChainVolume> volumes,
        Tree<LayerId, Layer> layers,
        Tree<SnapshotId, LogicalSnapshot> snapshots,
        Tree<LayerId, Links> links,
        Tree<VolumeId, History> histories,
        Tree<LayerId, LayerId> loose,
        Tree<SnapshotId, SnapshotId> unfinished,
        Tree.Probe probe) {

    /**
     * The snapshots of a volume by their sequence.
     *
     * @param all all of them
     * @param inStore those that have a copy in a store
     */
    record History(Tree<Long, SnapshotId> all, Tree<PoolId, Tree<Long, SnapshotId>> inStore) {}

    static GraphState empty(Tree.Probe probe) {
        return new GraphState(
                Tree.empty(Order.POOLS, probe),
                Tree.empty(Order.VOLUMES, probe),
                Tree.empty(Order.LAYERS, probe),
                Tree.empty(Order.SNAPSHOTS, probe),
                Tree.empty(Order.LAYERS, probe),
                Tree.empty(Order.VOLUMES, probe),
                Tree.empty(Order.LAYERS, probe),
                Tree.empty(Order.SNAPSHOTS, probe),
                probe);
    }

    Links linksOf(LayerId layer) {
        return links.get(layer).orElseGet(() -> Links.none(probe));
    }

    History historyOf(VolumeId volume) {
        return histories
                .get(volume)
                .orElseGet(() -> new History(Tree.empty(Order.SEQUENCES, probe), Tree.empty(Order.POOLS, probe)));
    }
}
