package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;

/**
 * A copy of a snapshot is to need no other layer.
 *
 * @param snapshot the snapshot
 * @param store where the copy is
 */
public record FlattenRequest(RecordId<SnapshotRecord> snapshot, RecordId<PoolRecord> store) {}
