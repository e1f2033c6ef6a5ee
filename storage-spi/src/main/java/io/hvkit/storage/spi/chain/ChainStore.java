package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;

/**
 * A place that holds layers: a pool of volumes (primary) or a store of backups (secondary).
 *
 * @param id its id
 * @param layering whether what is written in the pool stands on its snapshots
 * @param removal what becomes of a deleted layer that others read
 * @param standing whether it answers
 */
@Incubating(since = "0.1")
public record ChainStore(PoolId id, Layering layering, Removal removal, Standing standing) {

    /** How snapshots lie in a volume's pool. Backups stand on one another in any store. */
    public enum Layering {
        /** Each stands alone, as on arrays; what they share is the array's business. */
        SEPARATE,
        /** The volume writes on top of its newest one, as with files that have backing files. */
        STACKED
    }

    /** What becomes of a deleted layer that others read. */
    public enum Removal {
        /** It stays hidden until nobody reads it. */
        HIDES,
        /** What others need of it is moved into them, and it goes at once; where that is not possible, it is hidden. */
        MERGES
    }

    /** Whether a store answers. */
    public enum Standing {
        /** It does. */
        UP,
        /** It does not, or is not to be used; what is to be done there waits. */
        DOWN
    }

    /** Returns a store that answers, whose layers stand alone and are hidden as long as others read them. */
    public static ChainStore of(PoolId id) {
        return new ChainStore(id, Layering.SEPARATE, Removal.HIDES, Standing.UP);
    }

    /** Returns a pool where volumes write on top of their newest snapshots, and deleted ones are merged away. */
    public static ChainStore stacked(PoolId id) {
        return new ChainStore(id, Layering.STACKED, Removal.MERGES, Standing.UP);
    }

    /** Returns this store with another standing. */
    public ChainStore being(Standing other) {
        return new ChainStore(id, layering, removal, other);
    }

    /** Returns this store with another way to remove layers. */
    public ChainStore removingBy(Removal other) {
        return new ChainStore(id, layering, other, standing);
    }
}
