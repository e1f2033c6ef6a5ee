package io.hvkit.engine.job;

import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.Incubating;
import io.hvkit.core.ProgressListener;
import java.time.Duration;
import java.util.concurrent.CancellationException;

/**
 * Long work under way: an operation that is in the journal before this is handed out, and goes on whatever becomes of its caller, of this
 * object or of the process. Any number of threads may share one, and any number of jobs may stand for one operation.
 *
 * <p>It may run here, in another process, or nowhere until somebody recovers it; who waits for it learns how it ended in each case.
 *
 * @param <R> what it has for its caller
 */
@Incubating(since = "0.1")
public interface Job<R> {

    /** Returns the id of the operation, by which {@link Jobs#find} knows it after a restart too. */
    RecordId<OperationRecord> id();

    /** Returns what is done, such as {@code volume.create}. */
    String kind();

    /**
     * Waits until it has ended. An interruption ends the wait and leaves the job alone.
     *
     * @return what it has for its caller
     * @throws io.hvkit.core.DriverException with the failure and effect that stopped it, naming what it left behind; with {@code
     *     OPERATION_PENDING} and the effect {@code UNKNOWN} if it came to a halt before its end and waits for somebody who recovers it
     * @throws CancellationException if it stopped because somebody asked for it
     */
    R await() throws InterruptedException;

    /**
     * Waits until it has ended, or so long. Neither the end of the time nor an interruption does anything to the job.
     *
     * @param limit how long; zero or less only looks
     */
    JobEnd<R> await(Duration limit) throws InterruptedException;

    /**
     * Asks it to stop, wherever it runs, and waits so long for what really comes of it: it may have been done already, or be past the
     * point from which it goes back; else what it did is taken back. Asking again does nothing more.
     *
     * @param limit how long; zero or less asks and only looks
     */
    JobEnd<R> cancel(Duration limit) throws InterruptedException;

    /**
     * Tells a listener how far the job is, from now on, if it runs here; one in another process has nothing to tell. The listener is
     * called on the job's threads. One that throws is told nothing more; the job goes on.
     */
    void onProgress(ProgressListener listener);
}
