package io.hvkit.engine.cluster;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Incubating;
import java.util.List;
import java.util.Map;

/**
 * What came of a look at a parent of pools.
 *
 * @param cluster the parent
 * @param children what has changed about its children, in one transaction; what stays as it is, is not among it
 * @param moved the volumes that the storage had moved by itself, and the pools that have them now
 * @param warnings what could not be seen or followed, in words for people; the next look tries again
 */
@Incubating(since = "0.1")
public record ClusterReport(
        PoolRecord cluster,
        List<ChildChange> children,
        Map<RecordId<VolumeRecord>, RecordId<PoolRecord>> moved,
        List<String> warnings) {

    /** Copies the collections. */
    public ClusterReport {
        children = List.copyOf(children);
        moved = Map.copyOf(moved);
        warnings = List.copyOf(warnings);
    }
}
