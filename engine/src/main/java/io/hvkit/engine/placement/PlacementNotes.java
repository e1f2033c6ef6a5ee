package io.hvkit.engine.placement;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;
import java.util.Optional;
import java.util.Set;

/**
 * What whoever embeds the engine knows of pools, hosts and volumes and the catalog does not keep. Asked anew for each choice, by any thread, and
 * never within a transaction; answers come from memory, since each pool that comes into question waits for them. What it throws comes
 * through to the one who chooses.
 */
@Incubating(since = "0.1")
public interface PlacementNotes {

    /** Knows nothing: no tag, no owner, and no pool promises more than it has. */
    PlacementNotes NONE = new PlacementNotes() {};

    /** Returns the tags of a pool. */
    default Set<String> tags(PoolRecord pool) {
        return Set.of();
    }

    /**
     * Returns how many times its capacity a pool may promise, at least once. It counts for pools whose type {@linkplain
     * io.hvkit.storage.spi.PoolTrait#OVERPROVISIONS overprovisions}; others promise what they have, whatever this says.
     */
    default Ratio overcommit(PoolRecord pool) {
        return Ratio.ONE;
    }

    /** Returns the tags of a host. */
    default Set<String> tags(HostRecord host) {
        return Set.of();
    }

    /** Returns how many times its processors a host may promise to machines, at least once. */
    default Ratio overcommit(HostRecord host) {
        return Ratio.ONE;
    }

    /** Returns how much of its memory a host needs for itself, so that no machine gets it. */
    default ByteSize reservedMemory(HostRecord host) {
        return ByteSize.ZERO;
    }

    /**
     * Returns whose a volume is, if it is not the {@linkplain io.hvkit.engine.usage.Account account} that holds it; asked when volumes are dispersed by
     * owner.
     */
    default Optional<String> owner(VolumeRecord volume) {
        return Optional.empty();
    }
}
