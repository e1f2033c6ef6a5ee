package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.VolumeRecord;

/**
 * A volume that is to hold what it held before.
 *
 * @param volume the volume
 * @param snapshot the snapshot of it
 */
public record RevertRequest(RecordId<VolumeRecord> volume, RecordId<SnapshotRecord> snapshot) {}
