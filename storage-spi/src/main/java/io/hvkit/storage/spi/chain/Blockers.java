package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What keeps a layer of a deleted snapshot.
 *
 * @param store the store of the layer
 * @param layer the layer
 * @param children the snapshots whose layers stand on it; some may themselves be deleted and hidden
 * @param volumes the volumes that read it
 */
@Incubating(since = "0.1")
public record Blockers(PoolId store, LayerId layer, Set<SnapshotId> children, Set<VolumeId> volumes) {

    private static final int NAMED = 3;

    /** Copies the sets. */
    public Blockers {
        children = Collections.unmodifiableSet(new LinkedHashSet<>(children));
        volumes = Collections.unmodifiableSet(new LinkedHashSet<>(volumes));
    }

    static List<Blockers> of(ChainGraph graph, SnapshotId id) {
        List<Blockers> all = new ArrayList<>();
        graph.snapshot(id)
                .ifPresent(snapshot -> snapshot.replicas().values().stream()
                        .filter(replica -> !replica.state().isLive())
                        .filter(replica -> !graph.isUnread(replica.layer()))
                        .sorted((one, other) -> Order.POOLS.compare(one.store(), other.store()))
                        .forEach(replica -> all.add(on(graph, replica.layer()))));
        return all;
    }

    static Blockers on(ChainGraph graph, LayerId layer) {
        Set<SnapshotId> children = new LinkedHashSet<>();
        for (LayerId child : graph.children(layer)) {
            children.addAll(graph.snapshotsOn(child));
            children.addAll(graph.deletedOn(child));
        }
        return new Blockers(layer.store(), layer, children, graph.volumesOn(layer));
    }

    /** Returns who reads a layer, the first few by name, without walking through all of them. */
    static String words(ChainGraph graph, LayerId layer) {
        Set<LayerId> children = graph.children(layer);
        Set<VolumeId> volumes = graph.volumesOn(layer);
        StringBuilder words = new StringBuilder();
        List<String> names = new ArrayList<>();
        for (LayerId child : first(children)) {
            names.add(name(graph, child));
        }
        words.append(children.isEmpty() ? "" : " snapshots " + String.join(", ", names) + more(children));
        names.clear();
        for (VolumeId volume : first(volumes)) {
            names.add(volume.value());
        }
        words.append(volumes.isEmpty() ? "" : " volumes " + String.join(", ", names) + more(volumes));
        return words.toString();
    }

    private static <T> List<T> first(Set<T> all) {
        List<T> first = new ArrayList<>(NAMED);
        for (Iterator<T> some = all.iterator(); some.hasNext() && first.size() < NAMED; ) {
            first.add(some.next());
        }
        return first;
    }

    private static String name(ChainGraph graph, LayerId child) {
        Iterator<SnapshotId> living = graph.snapshotsOn(child).iterator();
        return living.hasNext() ? living.next().value() : "the hidden " + child.name();
    }

    private static String more(Set<?> all) {
        return all.size() > NAMED ? " and " + (all.size() - NAMED) + " more" : "";
    }

    @Override
    public String toString() {
        return layer + " is read by snapshots " + children + " and volumes " + volumes;
    }
}
