package io.hvkit.engine.template;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Incubating;
import io.hvkit.core.VolumeId;

/**
 * A copy of a plain template that another system has left in a pool. Several may be told of that are one and the same.
 *
 * @param template what the template is called
 * @param pool the pool
 * @param volume what the pool calls the copy
 * @param format how its bytes lie
 */
@Incubating(since = "0.1")
public record FoundCopy(String template, RecordId<PoolRecord> pool, VolumeId volume, ImageFormat format) {}
