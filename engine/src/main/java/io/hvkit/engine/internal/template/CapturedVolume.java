package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;

/**
 * A template that is to be made of a volume.
 *
 * @param volume the volume
 * @param wanted the template
 */
public record CapturedVolume(RecordId<VolumeRecord> volume, WantedTemplate wanted) {}
