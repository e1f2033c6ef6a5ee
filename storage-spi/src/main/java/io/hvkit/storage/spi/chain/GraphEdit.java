package io.hvkit.storage.spi.chain;

import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.GraphState.History;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Changes rows of a graph, and with each of them what follows from it, if that changes. Not for several threads. */
final class GraphEdit {

    private GraphState state;

    GraphEdit(GraphState state) {
        this.state = state;
    }

    GraphState state() {
        return state;
    }

    void put(ChainStore store) {
        rows(state.stores().with(store.id(), store), state.volumes(), state.layers(), state.snapshots());
    }

    void put(ChainVolume volume) {
        Optional<ChainVolume> known = state.volumes().get(volume.id());
        rows(state.stores(), state.volumes().with(volume.id(), volume), state.layers(), state.snapshots());
        if (known.filter(before -> isLinkedAlike(before, volume)).isPresent()) {
            return;
        }
        known.ifPresent(this::unlink);
        volume.base().ifPresent(layer -> link(layer, links -> links.withVolume(volume.id())));
        volume.doubt().ifPresent(layer -> link(layer, links -> links.withVolume(volume.id())));
        volume.reads().forEach(layer -> link(layer, links -> links.withVolume(volume.id())));
    }

    private static boolean isLinkedAlike(ChainVolume before, ChainVolume after) {
        return before.base().equals(after.base())
                && before.doubt().equals(after.doubt())
                && before.reads().equals(after.reads());
    }

    void removeVolume(VolumeId id) {
        state.volumes().get(id).ifPresent(this::unlink);
        rows(state.stores(), state.volumes().without(id), state.layers(), state.snapshots());
    }

    private void unlink(ChainVolume volume) {
        volume.base().ifPresent(layer -> link(layer, links -> links.withoutVolume(volume.id())));
        volume.doubt().ifPresent(layer -> link(layer, links -> links.withoutVolume(volume.id())));
        volume.reads().forEach(layer -> link(layer, links -> links.withoutVolume(volume.id())));
    }

    void put(Layer layer) {
        Optional<Layer> known = state.layers().get(layer.id());
        rows(state.stores(), state.volumes(), state.layers().with(layer.id(), layer), state.snapshots());
        if (known.filter(before -> isLinkedAlike(before, layer)).isPresent()) {
            return;
        }
        known.ifPresent(this::unlink);
        layer.parent().ifPresent(parent -> link(parent, links -> links.withChild(layer)));
        judge(layer.id());
    }

    private static boolean isLinkedAlike(Layer before, Layer after) {
        return before.parent().equals(after.parent())
                && (before.state() == Layer.State.DELETING) == (after.state() == Layer.State.DELETING);
    }

    void removeLayer(LayerId id) {
        state.layers().get(id).ifPresent(this::unlink);
        rows(state.stores(), state.volumes(), state.layers().without(id), state.snapshots());
        judge(id);
    }

    private void unlink(Layer layer) {
        layer.parent().ifPresent(parent -> link(parent, links -> links.withoutChild(layer.id())));
    }

    void put(LogicalSnapshot snapshot) {
        Optional<LogicalSnapshot> known = state.snapshots().get(snapshot.id());
        rows(state.stores(), state.volumes(), state.layers(), state.snapshots().with(snapshot.id(), snapshot));
        if (known.filter(before -> isLinkedAlike(before, snapshot)).isEmpty()) {
            known.ifPresent(this::unlink);
            link(snapshot);
        }
        if (snapshot.state() == LogicalSnapshot.State.DESTROYING) {
            unfinished(state.unfinished().with(snapshot.id(), snapshot.id()));
        } else if (state.unfinished().has(snapshot.id())) {
            unfinished(state.unfinished().without(snapshot.id()));
        }
    }

    private static boolean isLinkedAlike(LogicalSnapshot before, LogicalSnapshot after) {
        return before.sequence() == after.sequence()
                && before.volume().equals(after.volume())
                && before.replicas().equals(after.replicas());
    }

    private void link(LogicalSnapshot snapshot) {
        History history = state.historyOf(snapshot.volume());
        Tree<Long, SnapshotId> all = history.all().with(snapshot.sequence(), snapshot.id());
        var inStore = history.inStore();
        for (Replica replica : snapshot.replicas().values()) {
            Tree<Long, SnapshotId> there =
                    inStore.get(replica.store()).orElseGet(() -> Tree.empty(Order.SEQUENCES, state.probe()));
            inStore = inStore.with(replica.store(), there.with(snapshot.sequence(), snapshot.id()));
            link(replica.layer(), links -> links.withHolder(snapshot.id(), replica));
        }
        found(snapshot.volume(), new History(all, inStore));
    }

    /** Removes a snapshot, and its volume if that is gone and this was the last one. */
    void removeSnapshot(LogicalSnapshot snapshot) {
        unlink(snapshot);
        unfinished(state.unfinished().without(snapshot.id()));
        rows(state.stores(), state.volumes(), state.layers(), state.snapshots().without(snapshot.id()));
        state.volumes()
                .get(snapshot.volume())
                .filter(volume -> volume.life() == ChainVolume.Life.GONE)
                .filter(volume -> state.historyOf(volume.id()).all().isEmpty())
                .ifPresent(volume -> removeVolume(volume.id()));
    }

    private void unlink(LogicalSnapshot snapshot) {
        History history = state.historyOf(snapshot.volume());
        var inStore = history.inStore();
        for (Replica replica : snapshot.replicas().values()) {
            Tree<Long, SnapshotId> there = inStore.get(replica.store())
                    .map(some -> some.without(snapshot.sequence()))
                    .orElseGet(() -> Tree.empty(Order.SEQUENCES, state.probe()));
            inStore = there.isEmpty() ? inStore.without(replica.store()) : inStore.with(replica.store(), there);
            link(replica.layer(), links -> links.withoutHolder(snapshot.id()));
        }
        found(snapshot.volume(), new History(history.all().without(snapshot.sequence()), inStore));
    }

    private void found(VolumeId volume, History history) {
        var histories = history.all().isEmpty()
                ? state.histories().without(volume)
                : state.histories().with(volume, history);
        state = new GraphState(
                state.stores(),
                state.volumes(),
                state.layers(),
                state.snapshots(),
                state.links(),
                histories,
                state.loose(),
                state.unfinished(),
                state.probe());
    }

    private void link(LayerId layer, UnaryOperator<Links> change) {
        Links links = change.apply(state.linksOf(layer));
        found(links.isEmpty() ? state.links().without(layer) : state.links().with(layer, links), state.loose());
        judge(layer);
    }

    private void judge(LayerId layer) {
        boolean isLoose = state.layers().has(layer) && state.linksOf(layer).isUnread();
        if (isLoose != state.loose().has(layer)) {
            found(
                    state.links(),
                    isLoose ? state.loose().with(layer, layer) : state.loose().without(layer));
        }
    }

    private void found(Tree<LayerId, Links> links, Tree<LayerId, LayerId> loose) {
        state = new GraphState(
                state.stores(),
                state.volumes(),
                state.layers(),
                state.snapshots(),
                links,
                state.histories(),
                loose,
                state.unfinished(),
                state.probe());
    }

    private void unfinished(Tree<SnapshotId, SnapshotId> unfinished) {
        state = new GraphState(
                state.stores(),
                state.volumes(),
                state.layers(),
                state.snapshots(),
                state.links(),
                state.histories(),
                state.loose(),
                unfinished,
                state.probe());
    }

    private void rows(
            Tree<PoolId, ChainStore> stores,
            Tree<VolumeId, ChainVolume> volumes,
            Tree<LayerId, Layer> layers,
            Tree<SnapshotId, LogicalSnapshot> snapshots) {
        state = new GraphState(
                stores,
                volumes,
                layers,
                snapshots,
                state.links(),
                state.histories(),
                state.loose(),
                state.unfinished(),
                state.probe());
    }
}
