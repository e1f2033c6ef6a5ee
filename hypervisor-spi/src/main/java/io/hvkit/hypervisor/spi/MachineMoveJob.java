package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.Progress;
import java.time.Duration;
import java.util.Optional;

/**
 * A machine on its way to another host. It goes on while either connection is open and nobody cancels it: an interrupted or
 * impatient caller merely stops watching. Closing the connection that it was started on cancels it; closing one that merely {@linkplain
 * LiveMigration#find found} it does not. Any number of threads may share it.
 */
@Incubating(since = "0.1")
public interface MachineMoveJob {

    /**
     * Asks how far it is; all of it once it has succeeded. The total grows while the guest writes. The last answer is repeated
     * while the host has none.
     */
    Progress progress() throws InterruptedException;

    /** Waits for the verdict; returns nothing if it is not there in time, and then the job goes on. */
    Optional<JobVerdict> await(Duration limit) throws InterruptedException;

    /**
     * Asks it to stop; does nothing once it has ended. The verdict says whether it came in time: a machine that runs on the
     * target already stays there.
     */
    void cancel() throws InterruptedException;
}
