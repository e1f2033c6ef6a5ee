package io.hvkit.engine.job;

import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.core.Incubating;

/**
 * Hears of the operations that run in this process. Called on their threads, one call at a time for one operation; it should return soon.
 * What it throws is logged and harms nobody.
 */
@Incubating(since = "0.1")
public interface OperationListener {

    /** Hears of an operation that begins here, or is taken up again here after a crash. */
    default void begun(OperationRecord operation) {}

    /** Hears of an operation that ended here; the record says how. After a crash it may have ended without a word. */
    default void finished(OperationRecord operation) {}

    /**
     * Hears of an operation that can neither go on nor be taken back now; nothing was deleted. It is open, and waits for somebody who
     * recovers it.
     *
     * @param operation how it was seen last
     * @param fault what is in its way
     */
    default void halted(OperationRecord operation, OperationRecord.Fault fault) {}
}
