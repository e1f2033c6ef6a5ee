package io.hvkit.storage.spi.chain;

import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.GraphState.History;
import java.util.Optional;

/** Changes rows of a graph, and with each of them what follows from it, if that changes. Not for several threads. */
final class GraphEdit {

    private final GraphState before;
    private Tree<PoolId, ChainStore> stores;
    private Tree<VolumeId, ChainVolume> volumes;
    private Tree<LayerId, Layer> layers;
    private Tree<SnapshotId, LogicalSnapshot> snapshots;
    private Tree<LayerId, Links> links;
    private Tree<VolumeId, History> histories;
    private Tree<LayerId, LayerId> loose;
    private Tree<SnapshotId, SnapshotId> unfinished;

    GraphEdit(GraphState state) {
        before = state;
        stores = state.stores();
        volumes = state.volumes();
        layers = state.layers();
        snapshots = state.snapshots();
        links = state.links();
        histories = state.histories();
        loose = state.loose();
        unfinished = state.unfinished();
    }

    /** Returns the graph as it is now. */
    GraphState state() {
        return before.with(stores, volumes, layers, snapshots, links, histories, loose, unfinished);
    }

    Optional<ChainStore> store(PoolId id) {
        return stores.get(id);
    }

    Optional<ChainVolume> volume(VolumeId id) {
        return volumes.get(id);
    }

    Optional<Layer> layer(LayerId id) {
        return layers.get(id);
    }

    Optional<LogicalSnapshot> snapshot(SnapshotId id) {
        return snapshots.get(id);
    }

    Links linksOf(LayerId layer) {
        return links.getOr(layer, before.nothing().links());
    }

    History historyOf(VolumeId volume) {
        return histories.getOr(volume, before.nothing().history());
    }

    void put(ChainStore store) {
        stores = stores.with(store.id(), store);
    }

    void put(ChainVolume volume) {
        Optional<ChainVolume> known = volume(volume.id());
        volumes = volumes.with(volume.id(), volume);
        if (known.filter(before -> isLinkedAlike(before, volume)).isPresent()) {
            return;
        }
        known.ifPresent(this::unlink);
        volume.base().ifPresent(layer -> link(layer, linksOf(layer).withVolume(volume.id())));
        volume.doubt().ifPresent(layer -> link(layer, linksOf(layer).withVolume(volume.id())));
        volume.reads().forEach(layer -> link(layer, linksOf(layer).withVolume(volume.id())));
    }

    private static boolean isLinkedAlike(ChainVolume before, ChainVolume after) {
        return before.base().equals(after.base())
                && before.doubt().equals(after.doubt())
                && before.reads().equals(after.reads());
    }

    void removeVolume(VolumeId id) {
        volume(id).ifPresent(this::unlink);
        volumes = volumes.without(id);
    }

    private void unlink(ChainVolume volume) {
        volume.base().ifPresent(layer -> link(layer, linksOf(layer).withoutVolume(volume.id())));
        volume.doubt().ifPresent(layer -> link(layer, linksOf(layer).withoutVolume(volume.id())));
        volume.reads().forEach(layer -> link(layer, linksOf(layer).withoutVolume(volume.id())));
    }

    void put(Layer layer) {
        Optional<Layer> known = layer(layer.id());
        layers = layers.with(layer.id(), layer);
        if (known.filter(before -> isLinkedAlike(before, layer)).isPresent()) {
            return;
        }
        known.ifPresent(this::unlink);
        layer.parent().ifPresent(parent -> link(parent, linksOf(parent).withChild(layer)));
        judge(layer.id(), linksOf(layer.id()));
    }

    private static boolean isLinkedAlike(Layer before, Layer after) {
        return before.parent().equals(after.parent())
                && (before.state() == Layer.State.DELETING) == (after.state() == Layer.State.DELETING);
    }

    void removeLayer(LayerId id) {
        layer(id).ifPresent(this::unlink);
        layers = layers.without(id);
        judge(id, linksOf(id));
    }

    private void unlink(Layer layer) {
        layer.parent().ifPresent(parent -> link(parent, linksOf(parent).withoutChild(layer.id())));
    }

    void put(LogicalSnapshot snapshot) {
        Optional<LogicalSnapshot> known = snapshot(snapshot.id());
        snapshots = snapshots.with(snapshot.id(), snapshot);
        Optional<LogicalSnapshot> inPlace = known.filter(then -> isInPlace(then, snapshot));
        if (inPlace.isPresent()) {
            relink(inPlace.get(), snapshot);
        } else {
            known.ifPresent(this::unlink);
            history(snapshot, historyOf(snapshot.volume()).with(snapshot.sequence(), snapshot.id()));
            snapshot.replicas().values().forEach(replica -> link(snapshot, replica));
        }
        unfinished = snapshot.state() == LogicalSnapshot.State.DESTROYING
                ? unfinished.with(snapshot.id(), snapshot.id())
                : unfinished.without(snapshot.id());
    }

    private static boolean isInPlace(LogicalSnapshot then, LogicalSnapshot now) {
        return then.sequence() == now.sequence() && then.volume().equals(now.volume());
    }

    /** Links anew what changed, and leaves the rest alone. */
    private void relink(LogicalSnapshot known, LogicalSnapshot now) {
        for (Replica replica : known.replicas().values()) {
            if (!now.replicas().containsValue(replica)) {
                unlink(known, replica);
            }
        }
        for (Replica replica : now.replicas().values()) {
            if (!known.replicas().containsValue(replica)) {
                link(now, replica);
            }
        }
    }

    /** Removes a snapshot, and its volume if that is gone and this was the last one. */
    void removeSnapshot(LogicalSnapshot snapshot) {
        unlink(snapshot);
        unfinished = unfinished.without(snapshot.id());
        snapshots = snapshots.without(snapshot.id());
        volume(snapshot.volume())
                .filter(volume -> volume.life() == ChainVolume.Life.GONE)
                .filter(volume -> historyOf(volume.id()).all().isEmpty())
                .ifPresent(volume -> removeVolume(volume.id()));
    }

    private void unlink(LogicalSnapshot snapshot) {
        snapshot.replicas().values().forEach(replica -> unlink(snapshot, replica));
        history(snapshot, historyOf(snapshot.volume()).without(snapshot.sequence()));
    }

    private void link(LogicalSnapshot snapshot, Replica replica) {
        History known = historyOf(snapshot.volume());
        history(snapshot, known.with(replica.store(), snapshot.sequence(), snapshot.id()));
        Links some = linksOf(replica.layer());
        link(replica.layer(), some.withHolder(snapshot.id(), replica));
    }

    private void unlink(LogicalSnapshot snapshot, Replica replica) {
        History known = historyOf(snapshot.volume());
        history(snapshot, known.without(replica.store(), snapshot.sequence()));
        Links some = linksOf(replica.layer());
        link(replica.layer(), some.withoutHolder(snapshot.id()));
    }

    private void history(LogicalSnapshot snapshot, History now) {
        VolumeId volume = snapshot.volume();
        histories = now.all().isEmpty() ? histories.without(volume) : histories.with(volume, now);
    }

    private void link(LayerId layer, Links now) {
        links = now.isEmpty() ? links.without(layer) : links.with(layer, now);
        judge(layer, now);
    }

    private void judge(LayerId layer, Links known) {
        loose = known.isUnread() && layers.has(layer) ? loose.with(layer, layer) : loose.without(layer);
    }
}
