package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;

/**
 * A snapshot that is to be in another store, too.
 *
 * @param snapshot the snapshot
 * @param store the store
 */
public record CopyRequest(RecordId<SnapshotRecord> snapshot, RecordId<PoolRecord> store) {}
