package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A snapshot as its user knows it. What it is read from are layers, by way of its replicas.
 *
 * @param id its id, which no other snapshot ever has, not even after it is gone
 * @param volume the volume it was taken of
 * @param sequence its place among the snapshots of its volume; the newest has the greatest. Clocks have no say in it
 * @param takenIn the pool where the volume was then
 * @param state how far it is
 * @param usage whether it counts as used
 * @param replicas its copies, one a store at most
 */
@Incubating(since = "0.1")
public record LogicalSnapshot(
        SnapshotId id,
        VolumeId volume,
        long sequence,
        PoolId takenIn,
        State state,
        Usage usage,
        Map<PoolId, Replica> replicas) {

    /** How far a snapshot is, in the words that operators know. */
    public enum State {
        /** It has an id and a place in the order, and nothing else. */
        ALLOCATED,
        /** It is being taken in the volume's pool. */
        CREATING,
        /** It is in the volume's pool. */
        CREATED_ON_PRIMARY,
        /** It is being copied to another store. */
        BACKING_UP,
        /** It is in another store. */
        BACKED_UP,
        /** It was asked to go, and not everything of it has gone; it counts as used as long as that is so. */
        DESTROYING,
        /** It is deleted for its user; a layer of it is kept for others, see {@link ChainGraph#blockers}. */
        DESTROYED,
        /** It was given up before it was whole. Delete it and take another. */
        ERROR
    }

    /** Whether a snapshot counts as used. */
    public enum Usage {
        /** Not yet: nobody has seen it whole. */
        NOT_STARTED,
        /** Yes. */
        RUNNING,
        /** No longer. */
        ENDED
    }

    /**
     * Copies the map.
     *
     * @throws IllegalArgumentException if a replica is listed under another store than its own
     */
    public LogicalSnapshot {
        replicas = Map.copyOf(replicas);
        for (Map.Entry<PoolId, Replica> entry : replicas.entrySet()) {
            if (!entry.getKey().equals(entry.getValue().store())) {
                throw new IllegalArgumentException(
                        "a replica in " + entry.getValue().store() + " is listed under " + entry.getKey());
            }
        }
    }

    /** Returns the copy in a store, if there is one. */
    public Optional<Replica> replicaIn(PoolId store) {
        return Optional.ofNullable(replicas.get(store));
    }

    /** Returns whether its user can rely on it: it is whole and was not deleted. */
    public boolean isPublished() {
        return usage == Usage.RUNNING && state != State.DESTROYING;
    }

    /** Returns the copy in a store that is known to have one. */
    Replica copyIn(PoolId store) {
        return replicaIn(store).orElseThrow();
    }

    LogicalSnapshot in(State other) {
        return new LogicalSnapshot(id, volume, sequence, takenIn, other, usage, replicas);
    }

    LogicalSnapshot in(State other, Replica replica) {
        return new LogicalSnapshot(id, volume, sequence, takenIn, other, usage, holding(replica));
    }

    LogicalSnapshot counting(Usage other) {
        return new LogicalSnapshot(id, volume, sequence, takenIn, state, other, replicas);
    }

    LogicalSnapshot with(Replica replica) {
        return holding(holding(replica));
    }

    private Map<PoolId, Replica> holding(Replica replica) {
        if (replicas.isEmpty()) {
            return Map.of(replica.store(), replica);
        }
        Map<PoolId, Replica> more = new HashMap<>(replicas);
        more.put(replica.store(), replica);
        return more;
    }

    LogicalSnapshot without(PoolId store) {
        if (replicas.size() == 1 && replicas.containsKey(store)) {
            return holding(Map.of());
        }
        Map<PoolId, Replica> fewer = new HashMap<>(replicas);
        fewer.remove(store);
        return holding(fewer);
    }

    LogicalSnapshot each(UnaryOperator<Replica> change) {
        if (replicas.isEmpty()) {
            return this;
        }
        Map<PoolId, Replica> changed = new HashMap<>();
        replicas.forEach((store, replica) -> changed.put(store, change.apply(replica)));
        return holding(changed);
    }

    private LogicalSnapshot holding(Map<PoolId, Replica> others) {
        return new LogicalSnapshot(id, volume, sequence, takenIn, state, usage, others);
    }
}
