package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.OperationRecord;
import java.util.Optional;

/**
 * How a run left its operation.
 *
 * @param way in which way
 * @param record the operation as it was seen last
 * @param fault what is in its way, if it halted
 */
record Parting(Way way, OperationRecord record, Optional<OperationRecord.Fault> fault) {

    enum Way {
        /** It has ended. */
        ENDED,
        /** It can neither go on nor back now, and waits for a recovery. */
        HALTED,
        /** It was let go of, for anybody to go on with. */
        LET_GO,
        /** Somebody else has it. */
        LOST
    }
}
