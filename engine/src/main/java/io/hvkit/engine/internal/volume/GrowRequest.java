package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;

/**
 * A volume that is to be larger.
 *
 * @param volume the volume
 * @param size the least it must hold
 */
public record GrowRequest(RecordId<VolumeRecord> volume, ByteSize size) {}
