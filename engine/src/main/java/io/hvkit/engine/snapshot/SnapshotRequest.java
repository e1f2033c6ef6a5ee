package io.hvkit.engine.snapshot;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.Incubating;
import io.hvkit.engine.internal.Names;
import io.hvkit.storage.spi.chain.ChainLimit;
import java.util.Optional;

/**
 * A snapshot that is wanted, and the store that is to keep it. Equal requests under one idempotency key are the same request.
 *
 * <p>A store is a pool of image files, such as a directory or an export of NFS, that makes qcow2 images, and encrypted ones if snapshots
 * of encrypted volumes are to be kept there. It is another pool than the volume's, since what keeps a volume and its backups loses
 * both at once.
 *
 * @param name unique among snapshots
 * @param store where it is kept
 * @param limit how many layers may be read for it; nothing for what {@code snapshot.delta.max} says of the store when it is taken
 */
@Incubating(since = "0.1")
public record SnapshotRequest(String name, RecordId<PoolRecord> store, Optional<ChainLimit> limit) {

    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if it has another form
     */
    public SnapshotRequest {
        Names.check("snapshot", name);
    }

    /** Returns a request for a snapshot that stands on others as long as operators allow, by {@code snapshot.delta.max}. */
    public static SnapshotRequest named(String name, RecordId<PoolRecord> store) {
        return new SnapshotRequest(name, store, Optional.empty());
    }

    /** Returns this request with another limit; with 0 and 1 it is full. */
    public SnapshotRequest limitedTo(ChainLimit other) {
        return new SnapshotRequest(name, store, Optional.of(other));
    }
}
