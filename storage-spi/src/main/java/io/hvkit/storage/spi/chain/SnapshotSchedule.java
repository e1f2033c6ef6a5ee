package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import java.time.Instant;
import java.time.ZoneId;

/**
 * When snapshots of a volume are taken by themselves, and how many of them are kept.
 *
 * @param name its name, unique among the schedules of a volume and never used for another
 * @param rhythm its moments
 * @param zone whose clocks they are told by
 * @param keep how many whole snapshots it keeps; at least one
 * @param since when it was made: earlier moments are not caught up with
 */
@Incubating(since = "0.1")
public record SnapshotSchedule(String name, Rhythm rhythm, ZoneId zone, int keep, Instant since) {

    /**
     * Checks the number.
     *
     * @throws IllegalArgumentException if it keeps none
     */
    public SnapshotSchedule {
        if (keep < 1) {
            throw new IllegalArgumentException("schedule " + name + " keeps at least 1 snapshot, not " + keep);
        }
    }
}
