package io.hvkit.engine.snapshot;

import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Incubating;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What became of a volume's schedules in one run.
 *
 * @param volume the volume
 * @param taken the snapshot that was taken, if one was due and could be
 * @param skipped why none was begun although one is due; its moment is caught up with in a later run
 * @param deleted what was deleted since enough newer ones are kept, the oldest first
 * @param failures what went wrong, in words for people; a moment whose snapshot failed is not tried again, a deletion is
 * @param next when something is due next; nothing if the schedules are no more
 */
@Incubating(since = "0.1")
public record ScheduleRun(
        RecordId<VolumeRecord> volume,
        Optional<RecordId<SnapshotRecord>> taken,
        Optional<String> skipped,
        List<RecordId<SnapshotRecord>> deleted,
        List<String> failures,
        Optional<Instant> next) {

    /** Copies the lists. */
    public ScheduleRun {
        deleted = List.copyOf(deleted);
        failures = List.copyOf(failures);
    }
}
