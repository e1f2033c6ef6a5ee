package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.engine.snapshot.SnapshotRequest;

/**
 * A snapshot that is to be taken.
 *
 * @param volume the volume
 * @param wanted what is wanted
 */
public record TakeRequest(RecordId<VolumeRecord> volume, SnapshotRequest wanted) {}
