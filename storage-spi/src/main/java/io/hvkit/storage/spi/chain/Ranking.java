package io.hvkit.storage.spi.chain;

import io.hvkit.core.PoolId;
import io.hvkit.storage.spi.chain.RankedSource.Fitness;
import io.hvkit.storage.spi.chain.Reason.Why;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Judges the copies of a snapshot. Looks at nothing but these copies and their chains. */
final class Ranking {

    private static final Comparator<RankedSource> BEST_FIRST = (one, other) -> {
        int fitness = one.fitness().compareTo(other.fitness());
        if (fitness != 0) {
            return fitness;
        }
        int layers = Long.compare(one.layers(), other.layers());
        return layers != 0
                ? layers
                : Order.POOLS.compare(one.replica().store(), other.replica().store());
    };

    private final ChainGraph graph;
    private final LogicalSnapshot snapshot;
    private final PoolId target;
    private final Optional<PoolId> volumeIn;

    private Ranking(ChainGraph graph, LogicalSnapshot snapshot, PoolId target, Optional<PoolId> volumeIn) {
        this.graph = graph;
        this.snapshot = snapshot;
        this.target = target;
        this.volumeIn = volumeIn;
    }

    /** Returns the copies as sources for something new in a pool. */
    static SnapshotSources forPool(ChainGraph graph, LogicalSnapshot snapshot, PoolId target) {
        return new Ranking(graph, snapshot, target, Optional.empty()).rank();
    }

    /** Returns the copies as sources for the volume itself: what it left behind in another pool is not one of them. */
    static SnapshotSources forRevert(ChainGraph graph, LogicalSnapshot snapshot, ChainVolume volume) {
        return new Ranking(graph, snapshot, volume.pool(), Optional.of(volume.pool())).rank();
    }

    private SnapshotSources rank() {
        List<RankedSource> ranked = new ArrayList<>();
        for (Replica replica : snapshot.replicas().values()) {
            ranked.add(judge(replica));
        }
        ranked.sort(BEST_FIRST);
        return new SnapshotSources(snapshot.id(), ranked);
    }

    private RankedSource judge(Replica replica) {
        long layers = graph.length(replica.layer(), Long.MAX_VALUE);
        List<Reason> against = new ArrayList<>();
        condition(replica).ifPresent(against::add);
        if (volumeIn.isPresent() && isLeftBehind(replica.store(), volumeIn.get())) {
            against.add(new Reason(
                    Why.LEFT_POOL,
                    "it is in " + replica.store() + ", which the volume has left for " + volumeIn.get()));
        }
        if (graph.store(replica.store())
                .filter(store -> store.standing() == ChainStore.Standing.UP)
                .isEmpty()) {
            against.add(new Reason(Why.STORE_DOWN, replica.store() + " does not answer"));
        }
        if (!against.isEmpty()) {
            return new RankedSource(replica, Fitness.UNFIT, layers, against);
        }
        boolean isNear = replica.store().equals(target);
        Reason why = isNear
                ? new Reason(Why.IN_POOL, "it is in " + target + ", where it is needed, " + layers + " layers long")
                : new Reason(Why.IN_OTHER_STORE, "it is read from " + replica.store() + ", " + layers + " layers long");
        return new RankedSource(replica, isNear ? Fitness.NEAR : Fitness.FAR, layers, List.of(why));
    }

    private boolean isLeftBehind(PoolId store, PoolId pool) {
        return store.equals(snapshot.takenIn()) && !store.equals(pool);
    }

    private Optional<Reason> condition(Replica replica) {
        return switch (replica.state()) {
            case CREATING -> Optional.of(new Reason(Why.COPY_UNFINISHED, "it is being written"));
            case FAILED -> Optional.of(new Reason(Why.COPY_FAILED, "it was given up before it was whole"));
            case HIDDEN, DESTROYING -> Optional.of(new Reason(Why.COPY_DELETED, "it is deleted"));
            case READY ->
                graph.layer(replica.layer())
                                .filter(layer -> layer.state() == Layer.State.READY)
                                .isPresent()
                        ? Optional.empty()
                        : Optional.of(new Reason(Why.COPY_UNUSABLE, "it, or a layer it stands on, is damaged or lost"));
        };
    }
}
