package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;

/**
 * A volume that is to be had by another offering.
 *
 * @param volume the volume
 * @param offering the offering
 */
public record OfferRequest(RecordId<VolumeRecord> volume, RecordId<OfferingRecord> offering) {}
