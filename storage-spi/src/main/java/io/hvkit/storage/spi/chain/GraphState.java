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
 * @param nothing what is found where there is nothing
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
        Nothing nothing,
        Tree.Probe probe) {

    /**
     * The snapshots of a volume by their sequence.
     *
     * @param all all of them
     * @param inStore those that have a copy in a store
     */
    record History(Tree<Long, SnapshotId> all, Tree<PoolId, Tree<Long, SnapshotId>> inStore) {

        static History none(Tree.Probe probe) {
            return new History(Tree.empty(Order.SEQUENCES, probe), Tree.empty(Order.POOLS, probe));
        }

        History with(long place, SnapshotId id) {
            return new History(all.with(place, id), inStore);
        }

        History without(long place) {
            return new History(all.without(place), inStore);
        }

        History with(PoolId store, long place, SnapshotId id) {
            Tree<Long, SnapshotId> there = inStore.getOr(store, all.emptied());
            return new History(all, inStore.with(store, there.with(place, id)));
        }

        History without(PoolId store, long place) {
            Tree<Long, SnapshotId> left = inStore.getOr(store, all.emptied()).without(place);
            return new History(all, left.isEmpty() ? inStore.without(store) : inStore.with(store, left));
        }
    }

    /** What a layer and a volume have that nobody has to do with; made once, since it is asked for all the time. */
    record Nothing(Links links, History history) {}

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
                new Nothing(Links.none(probe), History.none(probe)),
                probe);
    }

    GraphState with(
            Tree<PoolId, ChainStore> someStores,
            Tree<VolumeId, ChainVolume> someVolumes,
            Tree<LayerId, Layer> someLayers,
            Tree<SnapshotId, LogicalSnapshot> someSnapshots,
            Tree<LayerId, Links> someLinks,
            Tree<VolumeId, History> someHistories,
            Tree<LayerId, LayerId> someLoose,
            Tree<SnapshotId, SnapshotId> someUnfinished) {
        return new GraphState(
                someStores,
                someVolumes,
                someLayers,
                someSnapshots,
                someLinks,
                someHistories,
                someLoose,
                someUnfinished,
                nothing,
                probe);
    }

    Links linksOf(LayerId layer) {
        return links.getOr(layer, nothing.links());
    }

    History historyOf(VolumeId volume) {
        return histories.getOr(volume, nothing.history());
    }
}
