package io.hvkit.vmware.cluster;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;
import java.util.Set;

/**
 * A datastore of a cluster, as the vCenter describes it.
 *
 * @param uuid by which it is known
 * @param name in the inventory
 * @param fileSystem the API's word for what is on it, such as {@code VMFS}
 * @param capacity what it can hold
 * @param free what is not taken of it, never more than {@code capacity}
 * @param troubles why no volumes should be made on it now; none if it is well
 */
@Incubating(since = "0.1")
public record ClusterChild(
        DatastoreUuid uuid, String name, String fileSystem, ByteSize capacity, ByteSize free, Set<Trouble> troubles) {

    /** Why no volumes should be made on a datastore. */
    public enum Trouble {
        /** The vCenter says that it cannot be reached. */
        INACCESSIBLE,
        /** No host has it mounted. */
        NOT_MOUNTED,
        /** It is in maintenance, or on its way there. */
        IN_MAINTENANCE
    }

    /**
     * Copies the troubles.
     *
     * @throws IllegalArgumentException if more is free than there is
     */
    public ClusterChild {
        if (free.compareTo(capacity) > 0) {
            throw new IllegalArgumentException(
                    "datastore " + name + " of " + capacity + " cannot have " + free + " that is free");
        }
        troubles = Set.copyOf(troubles);
    }

    /** Returns whether volumes can be made on it. */
    public boolean isWell() {
        return troubles.isEmpty();
    }
}
