package io.hvkit.storage.spi.chain;

import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import java.util.Comparator;

/** In which order things are kept and told; it depends on their names alone, so that equal graphs give equal plans. */
final class Order {

    static final Comparator<PoolId> POOLS = (one, other) -> one.value().compareTo(other.value());
    static final Comparator<SnapshotId> SNAPSHOTS = (one, other) -> one.value().compareTo(other.value());
    static final Comparator<VolumeId> VOLUMES = (one, other) -> one.value().compareTo(other.value());
    static final Comparator<Long> SEQUENCES = Comparator.naturalOrder();
    static final Comparator<LayerId> LAYERS = (one, other) -> {
        int names = one.name().compareTo(other.name());
        return names != 0 ? names : POOLS.compare(one.store(), other.store());
    };

    private Order() {}
}
