package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.ProgressListener;

/** One run of a {@link Procedure}, for as long as it lasts; used by its thread alone, but for {@link #progress}. */
public interface Run {

    /** Returns the operation that is run; a name for what it makes that nothing else has. */
    RecordId<OperationRecord> operation();

    /**
     * Does a step, or returns the evidence of the time it was done. Its intent is in the journal before its effect begins; its evidence is
     * afterwards, together with what {@link Step#keeping} changes in the catalog.
     *
     * <p>Does not return if the step fails, if somebody asked the operation to stop, if the lease is lost or if the engine closes. No
     * code catches that.
     */
    Facts step(Step step) throws InterruptedException;

    /**
     * Does a step that tidies up, after the point of no return: if it fails, its failure becomes a leftover and a warning, and the run
     * goes on.
     */
    void tidy(Step step) throws InterruptedException;

    /**
     * Returns whether somebody asked the operation to stop, before the point of no return. For an effect that is that point itself and can
     * end before it: it ends then, and throws a {@link java.util.concurrent.CancellationException}.
     */
    boolean isAskedToStop();

    /** Returns the listener to hand to long calls; any thread may call it. */
    ProgressListener progress();
}
