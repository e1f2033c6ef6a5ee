package io.hvkit.vmware.cluster;

import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;
import java.util.Optional;

/**
 * A pool that is known already, and is a datastore of a vCenter.
 *
 * @param id its id, which stays whatever cluster it is in
 * @param uuid of the datastore, in whichever spelling it was stored
 * @param state what is known of it
 * @param parent the cluster that it belongs to, if it does
 * @param volumes how many volumes are on it
 * @param absences how many looks in a row did not see it in its cluster
 */
@Incubating(since = "0.1")
public record KnownPool(
        PoolId id, DatastoreUuid uuid, State state, Optional<PoolId> parent, long volumes, int absences) {

    /** What is known of a pool. */
    public enum State {
        /** It answers, and takes work. */
        UP,
        /** It does not answer. */
        DOWN,
        /** It is on its way into maintenance. */
        PREPARING_FOR_MAINTENANCE,
        /** Somebody took it into maintenance by itself. */
        IN_MAINTENANCE,
        /** It is in maintenance since its cluster is. */
        IN_MAINTENANCE_WITH_CLUSTER,
        /** Its way into maintenance ended in an error. */
        MAINTENANCE_FAILED,
        /** It is out of use. */
        DISABLED
    }

    /**
     * Checks the counts.
     *
     * @throws IllegalArgumentException if one is negative
     */
    public KnownPool {
        if (volumes < 0 || absences < 0) {
            throw new IllegalArgumentException(
                    "pool " + id + " cannot have " + volumes + " volumes and " + absences + " absences");
        }
    }

    KnownPool in(PoolId cluster) {
        return new KnownPool(id, uuid, state, Optional.of(cluster), volumes, 0);
    }

    KnownPool missed() {
        return new KnownPool(id, uuid, State.DOWN, parent, volumes, absences + 1);
    }
}
