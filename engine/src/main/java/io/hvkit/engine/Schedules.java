package io.hvkit.engine;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.engine.internal.snapshot.DueSnapshots;
import io.hvkit.engine.internal.snapshot.KnownPolicies;
import io.hvkit.engine.snapshot.ScheduleRun;
import io.hvkit.engine.snapshot.SnapshotPolicy;
import io.hvkit.storage.spi.chain.RetentionPlan;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * When snapshots are taken by themselves, and how many of them are kept. This has no clock that ticks: somebody calls {@link #runDue} once
 * a minute or so, in one process or in several. Any number of threads may share one.
 *
 * <ul>
 *   <li>Schedules of a volume that are due at once share one snapshot, which stays as long as one of them wants it.
 *   <li>Of moments that were missed, only the last is caught up with; of those before a schedule was set, none.
 *   <li>Each moment is tried once. What failed does not count among those that are kept.
 *   <li>While a snapshot of the volume is being taken, by whomever, or the volume is worked on, none is begun; its moment is caught up with later.
 *   <li>Of several disks of one machine that are due, one is taken after the other; one that is due while another one is backed up, by whomever,
 *       waits for that, with its volume claimed. Whoever does not want to wait cancels its job.
 *   <li>What users take themselves is never touched, nor what was taken for schedules that are no more.
 *   <li>A time of day that a change of clocks leaves out comes later by what was left out; one that comes twice counts once.
 * </ul>
 */
@Incubating(since = "0.1")
public final class Schedules {

    private final Catalog catalog;
    private final DueSnapshots due;
    private final InstantSource clock;

    Schedules(Catalog catalog, DueSnapshots due, InstantSource clock) {
        this.catalog = catalog;
        this.due = due;
        this.clock = clock;
    }

    /**
     * Keeps a policy in place of the one that the volume had, if it had one. What was taken for a schedule counts on for the one of the same
     * name; one that is new, or has other moments now, begins now. Setting the same again changes nothing.
     *
     * <p>Fails with {@code NOT_FOUND} if there is no such volume or store; with {@code INVALID_REQUEST} if the store is the volume's own pool,
     * or the policy has no schedule; with {@code EXHAUSTED} if the store takes nothing new. The policy is as it was then.
     */
    public void set(SnapshotPolicy policy) throws InterruptedException {
        catalog.inTransaction(transaction -> {
            KnownPolicies.set(transaction, policy, clock.instant());
            return policy;
        });
    }

    /** Returns the policy of a volume, if it has one; its schedules are ordered by name. */
    public Optional<SnapshotPolicy> find(RecordId<VolumeRecord> volume) throws InterruptedException {
        return catalog.inTransaction(transaction -> KnownPolicies.find(transaction, volume));
    }

    /** Forgets the policy of a volume. What was taken for it stays until somebody deletes it. Does nothing if there is none. */
    public void remove(RecordId<VolumeRecord> volume) throws InterruptedException {
        catalog.inTransaction(transaction -> {
            KnownPolicies.remove(transaction, volume);
            return volume;
        });
    }

    /**
     * Returns what {@link #runDue} would do now of a volume, and why. Changes nothing.
     *
     * <p>Fails with {@code NOT_FOUND} if the volume has no policy.
     */
    public RetentionPlan plan(RecordId<VolumeRecord> volume) throws InterruptedException {
        return catalog.inTransaction(transaction -> KnownPolicies.plan(transaction, volume, clock.instant())
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("volume %s has no snapshot policy; set one", volume)));
    }

    /**
     * Takes of each volume what is due, as {@link Snapshots#take} does, and deletes then what is superseded, as {@link Snapshots#delete} does.
     * Waits for both, of a few volumes at once, so it lasts as long as they do; an interruption ends the wait and leaves the jobs alone.
     * Calling it again, at the same time or in another process, takes nothing twice.
     *
     * <p>What goes wrong with a volume is told in its {@link ScheduleRun} and holds up no other one. The policy of a volume that is gone is
     * forgotten.
     */
    public List<ScheduleRun> runDue() throws InterruptedException {
        return due.run();
    }
}
