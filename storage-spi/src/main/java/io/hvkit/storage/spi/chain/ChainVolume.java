package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * What the graph knows of a volume.
 *
 * @param id its id
 * @param pool where it is, or was last
 * @param life whether it is there
 * @param base the layer that its own disk stands on, if it stands on one
 * @param doubt the layer that it may stand on already: one that is being taken of it, or was begun and given up
 * @param reads what is being read for it, such as the layer it is just being made from
 * @param next the place that its next snapshot gets
 * @param origin the snapshot it was made from, or is being made from as long as it reads a layer of that
 */
@Incubating(since = "0.1")
public record ChainVolume(
        VolumeId id,
        PoolId pool,
        Life life,
        Optional<LayerId> base,
        Optional<LayerId> doubt,
        Set<LayerId> reads,
        long next,
        Optional<SnapshotId> origin) {

    /** Whether a volume is there. */
    public enum Life {
        /** It is. */
        PRESENT,
        /** It was deleted; snapshots of it may stay. */
        GONE
    }

    /** Copies the set. */
    public ChainVolume {
        reads = Set.copyOf(reads);
    }

    /** Returns whether it needs a layer. */
    public boolean isReading(LayerId layer) {
        return reads.contains(layer)
                || base.filter(layer::equals).isPresent()
                || doubt.filter(layer::equals).isPresent();
    }

    static ChainVolume blank(VolumeId id, PoolId pool) {
        return new ChainVolume(
                id, pool, Life.PRESENT, Optional.empty(), Optional.empty(), Set.of(), 1, Optional.empty());
    }

    boolean isMadeFrom(SnapshotId snapshot) {
        return origin.filter(snapshot::equals).isPresent();
    }

    ChainVolume madeFrom(SnapshotId snapshot) {
        return new ChainVolume(id, pool, life, base, doubt, reads, next, Optional.of(snapshot));
    }

    /** It stands on that now, beyond doubt. */
    ChainVolume standingOn(Optional<LayerId> layer) {
        return new ChainVolume(id, pool, life, layer, Optional.empty(), reads, next, origin);
    }

    ChainVolume doubting(LayerId layer) {
        return new ChainVolume(id, pool, life, base, Optional.of(layer), reads, next, origin);
    }

    ChainVolume in(PoolId other) {
        return new ChainVolume(id, other, Life.PRESENT, Optional.empty(), Optional.empty(), reads, next, origin);
    }

    ChainVolume gone() {
        return new ChainVolume(id, pool, Life.GONE, Optional.empty(), Optional.empty(), Set.of(), next, origin);
    }

    ChainVolume counted() {
        return new ChainVolume(id, pool, life, base, doubt, reads, next + 1, origin);
    }

    ChainVolume reading(LayerId layer) {
        Set<LayerId> more = new LinkedHashSet<>(reads);
        more.add(layer);
        return new ChainVolume(id, pool, life, base, doubt, more, next, origin);
    }

    ChainVolume releasing(LayerId layer) {
        Set<LayerId> fewer = new LinkedHashSet<>(reads);
        fewer.remove(layer);
        return new ChainVolume(id, pool, life, base, doubt, fewer, next, origin);
    }
}
