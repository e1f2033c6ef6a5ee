package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.Progress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A backup that the hypervisor writes, with or without us. Any number of threads may share it. Nothing here ends it but {@link #cancel}:
 * an interrupted or impatient caller merely stops watching.
 */
@Incubating(since = "0.1")
public interface BackupJob {

    /** What file systems of the guest are like in the images. */
    enum Consistency {
        /** Whole: the guest was held frozen at the moment. */
        QUIESCED,
        /** As after a power cut. */
        POWER_CUT,
        /** Whoever began it is not there to be asked; count on no more than after a power cut. */
        UNKNOWN
    }

    /** Returns what it writes of each disk, and why. */
    List<BackupDisk> disks();

    /** Returns what file systems of the guest are like in the images. */
    Consistency consistency();

    /** Returns why the guest was not held frozen, if it was not though that was wished. */
    Optional<String> whyNotQuiesced();

    /** Asks how far it is; all of it once it has succeeded. The last answer is repeated while the host does not answer. */
    Progress progress() throws InterruptedException;

    /**
     * Waits for the verdict; returns nothing if it is not there in time, and then the job goes on. The images are whole if it is {@link
     * JobVerdict.Succeeded}. If it failed or was cancelled they are of no use, and the checkpoint is forgotten by whoever began the
     * backup and waits for it. If it vanished nobody knows, so they are of no use either.
     */
    Optional<JobVerdict> await(Duration limit) throws InterruptedException;

    /** Asks it to stop; does nothing once it has ended. The verdict says whether it came in time. */
    void cancel() throws InterruptedException;
}
