package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.engine.internal.Names;
import java.time.Instant;

/**
 * A snapshot that is due.
 *
 * @param volume the volume
 * @param moment the moment for which it is taken
 */
public record ScheduledTake(RecordId<VolumeRecord> volume, Instant moment) {

    /** Returns the idempotency key, so that no two engines take two for one moment. */
    String key() {
        return Names.derived("snapshot of " + volume, moment.toString());
    }
}
