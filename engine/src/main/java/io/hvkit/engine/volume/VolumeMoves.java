package io.hvkit.engine.volume;

import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Incubating;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.JobEnd;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Moves of several volumes that were asked for together. Each is a job of its own, that ends in its own way; what is told of each is never
 * guessed from the others. Any number of threads may share one.
 */
@Incubating(since = "0.1")
public final class VolumeMoves {

    private final Map<RecordId<VolumeRecord>, Job<VolumeRecord>> jobs;
    private final Map<RecordId<VolumeRecord>, DriverException> refused;

    /** Puts them together; for the engine. */
    public VolumeMoves(
            Map<RecordId<VolumeRecord>, Job<VolumeRecord>> jobs, Map<RecordId<VolumeRecord>, DriverException> refused) {
        this.jobs = Collections.unmodifiableMap(new LinkedHashMap<>(jobs));
        this.refused = Collections.unmodifiableMap(new LinkedHashMap<>(refused));
    }

    /** Returns the moves that were begun, in the order in which they were. */
    public Map<RecordId<VolumeRecord>, Job<VolumeRecord>> jobs() {
        return jobs;
    }

    /** Returns why the others were not begun, such as {@code OPERATION_PENDING}; those volumes were not touched. */
    public Map<RecordId<VolumeRecord>, DriverException> refused() {
        return refused;
    }

    /**
     * Waits until all have ended, or so long.
     *
     * @param limit how long for all of them together; zero or less only looks
     */
    public Result await(Duration limit) throws InterruptedException {
        long start = System.nanoTime();
        Map<RecordId<VolumeRecord>, JobEnd<VolumeRecord>> ends = new LinkedHashMap<>();
        for (Map.Entry<RecordId<VolumeRecord>, Job<VolumeRecord>> each : jobs.entrySet()) {
            ends.put(each.getKey(), each.getValue().await(limit.minusNanos(System.nanoTime() - start)));
        }
        return new Result(ends, refused);
    }

    /**
     * Asks all to stop, and then waits so long for what really comes of each: one that is past its point of no return is done all the same.
     *
     * @param limit how long for all of them together; zero or less asks and only looks
     */
    public Result cancel(Duration limit) throws InterruptedException {
        long start = System.nanoTime();
        for (Job<VolumeRecord> job : jobs.values()) {
            JobEnd<VolumeRecord> unused = job.cancel(Duration.ZERO);
        }
        return await(limit.minusNanos(System.nanoTime() - start));
    }

    /**
     * What came of moves, volume by volume.
     *
     * @param ends how those ended that were begun, or that they have not
     * @param refused why the others were not begun
     */
    public record Result(
            Map<RecordId<VolumeRecord>, JobEnd<VolumeRecord>> ends,
            Map<RecordId<VolumeRecord>, DriverException> refused) {

        /** Copies the maps. */
        public Result {
            ends = Collections.unmodifiableMap(new LinkedHashMap<>(ends));
            refused = Collections.unmodifiableMap(new LinkedHashMap<>(refused));
        }

        /** Returns whether every volume is where it was to go. */
        public boolean isAllDone() {
            return refused.isEmpty() && ends.values().stream().allMatch(end -> end instanceof JobEnd.Done);
        }
    }
}
