package io.hvkit.qemu.qmp;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ProgressListener;
import java.time.Duration;
import java.util.Optional;

/**
 * A job of a running qemu. It lives there, not here: losing this object, or the connection, ends nothing, and {@link
 * BlockJobs#find} finds it again. Safe for any number of threads.
 *
 * <p>A mirror, and a commit of a topmost layer, become ready and stay so until {@link #complete}, {@link #finishWithoutPivot} or
 * {@link #cancel} is said. All others end by themselves. Whoever has read how it ended says {@link #dismiss}.
 */
public final class BlockJob {

    private static final String CHANGE = "JOB_STATUS_CHANGE";
    private static final Duration LOOK_AGAIN = Duration.ofMillis(250);

    private final QmpClient client;
    private final String id;

    BlockJob(QmpClient client, String id) {
        this.client = client;
        this.id = id;
    }

    /** Returns the name it was started under. */
    public String id() {
        return id;
    }

    /** Returns how it stands; nothing if there is no such job any more. */
    public Optional<JobStatus> status() throws InterruptedException {
        return BlockJobs.status(client, id);
    }

    /** Does the same as {@link #awaitReady(Duration, ProgressListener)}, without telling how far it is. */
    public JobStatus awaitReady(Duration limit) throws InterruptedException {
        return awaitReady(limit, ProgressListener.NONE);
    }

    /**
     * Waits until it may be completed, or has done all its work.
     *
     * @param limit how long to wait; after that the job goes on, and the failure is {@code TIMED_OUT}
     * @param listener hears how far it is, on this thread; what it throws ends the waiting
     * @throws DriverException if it failed or vanished instead, as {@link JobConclusion#orThrow} does
     * @throws java.util.concurrent.CancellationException if it was cancelled instead
     */
    public JobStatus awaitReady(Duration limit, ProgressListener listener) throws InterruptedException {
        JobStatus status = awaitState(
                        now -> now.state().isReady()
                                || now.state() == JobState.PENDING
                                || now.state() == JobState.CONCLUDED,
                        limit,
                        listener)
                .orElseThrow(() -> DriverException.because(Failure.UNREACHABLE)
                        .message("the job is gone without a word; keep all disks: %s", gone()));
        status.conclusion().ifPresent(JobConclusion::orThrow);
        return status;
    }

    /** Does the same as {@link #await(Duration, ProgressListener)}, without telling how far it is. */
    public JobConclusion await(Duration limit) throws InterruptedException {
        return await(limit, ProgressListener.NONE);
    }

    /**
     * Waits until it has ended and returns how, finalizing it when its work is done. It is not dismissed: until somebody does
     * that, its conclusion can be read again, by others too. If the other side dies, or the connection is lost, or somebody
     * dismissed the job before it was read, it is {@link JobConclusion.Vanished}.
     *
     * @param limit how long to wait; after that the job goes on, and the failure is {@code TIMED_OUT}
     * @param listener hears how far it is, on this thread; what it throws ends the waiting
     */
    public JobConclusion await(Duration limit, ProgressListener listener) throws InterruptedException {
        try {
            return awaitState(this::isOver, limit, listener)
                    .flatMap(JobStatus::conclusion)
                    .orElseGet(() -> new JobConclusion.Vanished(gone()));
        } catch (DriverException e) {
            if (client.isLost()) {
                return new JobConclusion.Vanished(
                        e.getMessage() + "; if qemu still runs, connect again and look for job " + id);
            }
            throw e;
        }
    }

    /**
     * Ends a job that is ready: what used the source uses the target from then on (the pivot).
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is not ready, {@code NOT_FOUND} if there is no such job
     */
    public void complete() throws InterruptedException {
        tell("job-complete");
    }

    /**
     * Ends a mirror that is ready, as it is: the target is a copy of this moment, and what used the source goes on using it.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is not ready, {@code NOT_FOUND} if there is no such job
     */
    public void finishWithoutPivot() throws InterruptedException {
        JobStatus now = status().orElseThrow(
                        () -> DriverException.because(Failure.NOT_FOUND).message("there is no job %s", id));
        if (!now.state().isReady()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "job %s is %s, not ready, so its target is no copy yet; wait, or cancel it",
                            id, now.state());
        }
        client.execute(QmpCommand.of("block-job-cancel").with("device", id).off("force"));
    }

    /**
     * Ends the job as soon as it can be; its target is of no use. Does nothing if it has ended or is gone: {@link #await} tells
     * how.
     */
    public void cancel() throws InterruptedException {
        try {
            tell("job-cancel");
        } catch (DriverException e) {
            if (status().filter(now -> now.state() != JobState.CONCLUDED && now.state() != JobState.ABORTING)
                    .isPresent()) {
                throw e;
            }
        }
    }

    /**
     * Lets a job whose work is done ({@link JobState#PENDING}) take effect; {@link #await} does so by itself.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if its work is not done, {@code NOT_FOUND} if there is no such job
     */
    public void finalizeChanges() throws InterruptedException {
        tell("job-finalize");
    }

    /**
     * Forgets a job that has ended, and its error. Does nothing if it is gone.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it has not ended
     */
    public void dismiss() throws InterruptedException {
        try {
            tell("job-dismiss");
        } catch (DriverException e) {
            if (e.failure() != Failure.NOT_FOUND) {
                throw e;
            }
        }
    }

    /** Lets it rest until {@link #resume}. */
    public void pause() throws InterruptedException {
        tell("job-pause");
    }

    /** Lets it go on after {@link #pause}. */
    public void resume() throws InterruptedException {
        tell("job-resume");
    }

    /**
     * Limits its speed from now on.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if the speed is zero
     */
    public void throttle(ByteSize perSecond) throws InterruptedException {
        setSpeed(JobTerms.USUAL.atMost(perSecond).speed().orElse(perSecond));
    }

    /** Lets it go as fast as it can. */
    public void unthrottle() throws InterruptedException {
        setSpeed(ByteSize.ZERO);
    }

    /** Returns its name, for people. */
    @Override
    public String toString() {
        return "job " + id;
    }

    private void setSpeed(ByteSize perSecond) throws InterruptedException {
        client.execute(QmpCommand.of("block-job-set-speed").with("device", id).with("speed", perSecond.bytes()));
    }

    private void tell(String command) throws InterruptedException {
        client.execute(QmpCommand.of(command).with("id", id));
    }

    private boolean isOver(JobStatus now) throws InterruptedException {
        if (now.state() == JobState.PENDING) {
            try {
                finalizeChanges();
            } catch (DriverException e) {
                if (status().filter(later -> later.state() == JobState.PENDING).isPresent()) {
                    throw e;
                } // else somebody else was faster
            }
        }
        return now.state() == JobState.CONCLUDED;
    }

    /** Waits until a state is reached, looking at every change and, since events may be dropped, now and then. */
    private Optional<JobStatus> awaitState(Reached reached, Duration limit, ProgressListener listener)
            throws InterruptedException {
        Deadline deadline = Deadline.in(limit);
        JobProgress progress = new JobProgress(listener);
        try (QmpEvents changes = client.events(CHANGE)) {
            while (true) {
                Optional<JobStatus> now = status();
                now.ifPresent(progress::tell);
                if (now.isEmpty() || reached.test(now.get())) {
                    return now;
                }
                if (deadline.hasPassed()) {
                    throw DriverException.because(Failure.TIMED_OUT)
                            .effect(Effect.UNKNOWN)
                            .message(
                                    "job %s is still %s after %s (%d of %d done), and goes on",
                                    id,
                                    now.get().state(),
                                    limit,
                                    now.get().done(),
                                    now.get().total());
                }
                awaitChange(changes, deadline);
            }
        }
    }

    private void awaitChange(QmpEvents changes, Deadline deadline) throws InterruptedException {
        Deadline soon =
                Deadline.in(deadline.left() < LOOK_AGAIN.toNanos() ? Duration.ofNanos(deadline.left()) : LOOK_AGAIN);
        try {
            Optional<QmpEvent> change = changes.next(soon);
            while (change.isPresent() && !change.get().data().at("id").text().equals(id)) {
                change = changes.next(soon);
            }
        } catch (DriverException e) {
            if (e.failure() != Failure.EXHAUSTED) {
                throw e;
            } // else some were dropped, and a look is due
        }
    }

    private String gone() {
        return "qemu lists no job " + id + " any more, though it was to be kept until it is dismissed";
    }

    /** Whether a state is what was waited for. */
    private interface Reached {
        boolean test(JobStatus now) throws InterruptedException;
    }
}
