package io.hvkit.engine.job;

import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.Incubating;
import java.util.List;
import java.util.Optional;

/** Finds jobs again, after a restart and from other processes too. Any number of threads may share one. */
@Incubating(since = "0.1")
public interface Jobs {

    /**
     * Returns the job of that operation, if the journal has it. It is not begun, taken over or changed by being found.
     *
     * @throws io.hvkit.core.DriverException with {@code UNSUPPORTED} if it is of a kind that this engine does not know
     */
    Optional<Job<?>> find(RecordId<OperationRecord> id) throws InterruptedException;

    /** Returns the operations that have not ended, the oldest first, wherever they run. */
    List<OperationRecord> open() throws InterruptedException;
}
