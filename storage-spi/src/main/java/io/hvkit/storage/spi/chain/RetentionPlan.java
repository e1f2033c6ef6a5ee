package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the schedules of a volume ask for at one moment. Nothing has been done yet.
 *
 * <ul>
 *   <li>Schedules that are due at once share one snapshot, which counts for each of them and is kept as long as one wants it.
 *   <li>Of moments that were missed, only the last is caught up with.
 *   <li>While a snapshot of the volume is not whole yet, none is begun: its moment is caught up with later.
 *   <li>Each moment is tried once; one that a clock that ran ahead tried silences none before it. What failed does not count among those
 *       that are kept, and goes.
 *   <li>What is {@linkplain ChainGraph#withUnusable known} not to be readable does not count among those that are kept; it stays beside them
 *       until there are enough newer ones.
 *   <li>Snapshots of schedules that are no more stay until a user deletes them.
 * </ul>
 *
 * @param take the snapshot that is due, if one is and can be begun
 * @param delete what is to be deleted, the oldest first, and why
 * @param keep what stays, and why
 * @param waits why what is due is not begun
 * @param next when to ask again at the latest; nothing if there is no schedule
 */
@Incubating(since = "0.1")
public record RetentionPlan(
        Optional<Due> take,
        Map<SnapshotId, Reason> delete,
        Map<SnapshotId, Reason> keep,
        Optional<Reason> waits,
        Optional<Instant> next) {

    /**
     * A snapshot that is due.
     *
     * @param moment the moment it is for
     * @param schedules the names of the schedules that it is for
     */
    public record Due(Instant moment, Set<String> schedules) {

        /** Copies the set. */
        public Due {
            schedules = Set.copyOf(schedules);
        }
    }

    /**
     * Asks.
     *
     * @param graph the snapshots, and how they are
     * @param volume the volume
     * @param schedules its schedules
     * @param taken what was taken or tried for them so far; those that the graph does not know have gone
     * @param now the moment
     */
    public static RetentionPlan of(
            ChainGraph graph,
            VolumeId volume,
            Collection<SnapshotSchedule> schedules,
            Collection<ScheduledSnapshot> taken,
            Instant now) {
        return new Retention(graph, volume, List.copyOf(schedules), List.copyOf(taken), now).plan();
    }
}
