package io.hvkit.engine.snapshot;

import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;
import io.hvkit.storage.spi.chain.Blockers;
import io.hvkit.storage.spi.chain.LogicalSnapshot;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A snapshot as it is now.
 *
 * @param id its id
 * @param name its name
 * @param takenAt when it was asked for
 * @param size what the volume's machine saw then
 * @param consistency what file systems of a guest are like in it; {@code UNKNOWN}, too, until it is whole
 * @param chained how far it is, whether it counts as used, and its copies
 * @param layers how many layers are read for it, in the store where they are fewest; 0 if nothing can be read
 * @param reasons why each of its copies is full, or holds what was written alone, by its store; for people
 * @param blockers of a deleted one, who keeps its layers; see {@link #explain}
 */
@Incubating(since = "0.1")
public record Snapshot(
        RecordId<SnapshotRecord> id,
        String name,
        Instant takenAt,
        ByteSize size,
        SnapshotRecord.Consistency consistency,
        LogicalSnapshot chained,
        long layers,
        Map<PoolId, String> reasons,
        List<Blockers> blockers) {

    /** Copies the map and the list. */
    public Snapshot {
        reasons = Map.copyOf(reasons);
        blockers = List.copyOf(blockers);
    }

    /** Returns how far it is. */
    public LogicalSnapshot.State state() {
        return chained.state();
    }

    /** Returns whether somebody pays for it. */
    public LogicalSnapshot.Usage usage() {
        return chained.usage();
    }

    /** Returns one line for people: how it is and, of a deleted one, what keeps it. */
    public String explain() {
        String kept = blockers.isEmpty()
                ? ""
                : ", kept since "
                        + String.join(
                                "; ", blockers.stream().map(Blockers::toString).toList());
        return name + " is " + state() + kept;
    }
}
