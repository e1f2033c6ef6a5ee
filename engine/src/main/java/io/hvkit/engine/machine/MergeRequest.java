package io.hvkit.engine.machine;

import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.Incubating;
import java.time.Duration;

/**
 * A request to merge what lies over the disks of a machine into their volumes. Immutable.
 *
 * @param machine the machine, which runs
 * @param patience how long each disk is waited for; a merge that takes longer goes on, and the next request waits for it
 */
@Incubating(since = "0.1")
public record MergeRequest(RecordId<MachineRecord> machine, Duration patience) {

    private static final Duration USUAL = Duration.ofHours(2);

    /**
     * Checks the patience.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public MergeRequest {
        if (patience.isNegative() || patience.isZero()) {
            throw new IllegalArgumentException("a disk is waited for longer than " + patience);
        }
    }

    /** Returns a request that waits two hours for each disk. */
    public static MergeRequest of(RecordId<MachineRecord> machine) {
        return new MergeRequest(machine, USUAL);
    }

    /** Returns this request with another patience. */
    public MergeRequest within(Duration other) {
        return new MergeRequest(machine, other);
    }
}
