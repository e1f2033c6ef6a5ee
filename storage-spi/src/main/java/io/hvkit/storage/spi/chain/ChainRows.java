package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import java.util.List;

/**
 * A graph as rows, for whoever keeps it: everything else follows from them.
 *
 * @param stores the stores
 * @param volumes the volumes
 * @param layers the layers
 * @param snapshots the snapshots with their replicas
 */
@Incubating(since = "0.1")
public record ChainRows(
        List<ChainStore> stores, List<ChainVolume> volumes, List<Layer> layers, List<LogicalSnapshot> snapshots) {

    /** Copies the lists. */
    public ChainRows {
        stores = List.copyOf(stores);
        volumes = List.copyOf(volumes);
        layers = List.copyOf(layers);
        snapshots = List.copyOf(snapshots);
    }
}
