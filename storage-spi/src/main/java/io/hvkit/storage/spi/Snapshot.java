package io.hvkit.storage.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;

/**
 * A point in time of a volume.
 *
 * @param id the driver's id
 * @param name the name it was taken under; unique among the snapshots of its volume
 * @param volume what it was taken of
 * @param size the size of the volume then
 */
public record Snapshot(SnapshotId id, String name, VolumeId volume, ByteSize size) {}
