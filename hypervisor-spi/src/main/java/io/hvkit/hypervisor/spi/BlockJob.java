package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.Progress;
import java.time.Duration;
import java.util.Optional;

/**
 * A job that runs in the hypervisor, with or without us: a move of a disk, or a merge of its top layer. The source is what the machine
 * uses when it begins, the target what it is to use then. Any number of threads may share it. Nothing here ends the job but {@link
 * #cancel}: an interrupted or impatient caller merely stops watching.
 */
@Incubating(since = "0.1")
public interface BlockJob {

    /** Returns where it is, as last seen. */
    BlockJobPhase phase();

    /** Asks how far it is; all of it once it has succeeded. The last answer is repeated while the host does not answer. */
    Progress progress() throws InterruptedException;

    /**
     * Waits until the target has everything, or the job has ended, and returns the phase then; {@code COPYING} if neither came
     * in time.
     */
    BlockJobPhase awaitReady(Duration limit) throws InterruptedException;

    /** Waits for the verdict; returns nothing if it is not there in time, and then the job goes on. */
    Optional<JobVerdict> await(Duration limit) throws InterruptedException;

    /** Lets a job that was started with {@link Pivot#WHEN_ASKED} switch the machine once it is ready; may be repeated. */
    void pivot() throws InterruptedException;

    /**
     * Asks it to stop; does nothing once it has ended. The verdict says whether it came in time: the machine may have been
     * switched already, and then it stays so.
     */
    void cancel() throws InterruptedException;
}
