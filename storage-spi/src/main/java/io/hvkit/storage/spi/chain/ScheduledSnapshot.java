package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import io.hvkit.core.SnapshotId;
import java.time.Instant;
import java.util.Set;

/**
 * A snapshot that was taken, or tried, for schedules. What users take themselves is none, and no schedule ever touches it.
 *
 * @param id the snapshot
 * @param moment the moment it was taken for, see {@link RetentionPlan.Due}
 * @param schedules the names of the schedules it was taken for
 */
@Incubating(since = "0.1")
public record ScheduledSnapshot(SnapshotId id, Instant moment, Set<String> schedules) {

    /** Copies the set. */
    public ScheduledSnapshot {
        schedules = Set.copyOf(schedules);
    }
}
