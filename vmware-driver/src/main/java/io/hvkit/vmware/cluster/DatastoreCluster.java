package io.hvkit.vmware.cluster;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A cluster of datastores as a vCenter describes it; the API calls it a storage pod. It holds nothing by itself: what it can hold is what
 * its children can.
 *
 * @param name in the inventory
 * @param children each once, however often it was listed
 * @param unknown the names of children that say no UUID, so that nobody could find them again
 */
@Incubating(since = "0.1")
public record DatastoreCluster(String name, List<ClusterChild> children, List<String> unknown) {

    /** Takes each child once: a vCenter may list one twice while it is being moved. */
    public DatastoreCluster {
        Map<DatastoreUuid, ClusterChild> once = new LinkedHashMap<>();
        children.forEach(child -> once.putIfAbsent(child.uuid(), child));
        children = List.copyOf(once.values());
        unknown = List.copyOf(unknown);
    }

    /** Returns what its children can hold. */
    public ByteSize capacity() {
        return sum(ClusterChild::capacity);
    }

    /** Returns what is not taken of that. */
    public ByteSize free() {
        return sum(ClusterChild::free);
    }

    private ByteSize sum(Function<ClusterChild, ByteSize> size) {
        return children.stream().map(size).reduce(ByteSize.ZERO, ByteSize::plus);
    }
}
