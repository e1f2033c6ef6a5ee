package io.hvkit.storage.spi;

import io.hvkit.core.Incubating;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A {@link PoolCluster} as its storage showed it at one moment. It holds nothing by itself: what it can hold is what its children can.
 *
 * @param name what the storage calls it
 * @param children each once, however often the storage lists it; the storage's word, so none at all may mean that we may not see them
 * @param nameless what the storage calls children that say no identity, so that nobody could find them again
 * @param elsewhere the identities of the children that other parents of the same storage list now
 */
@Incubating(since = "0.1")
public record ClusterSight(String name, List<PoolChild> children, List<String> nameless, Set<String> elsewhere) {

    /** Takes each child once: storage may list one twice while it is being moved. */
    public ClusterSight {
        Map<String, PoolChild> once = new LinkedHashMap<>();
        children.forEach(child -> once.putIfAbsent(child.identity(), child));
        children = List.copyOf(once.values());
        nameless = List.copyOf(nameless);
        elsewhere = Set.copyOf(elsewhere);
    }
}
