package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;

/** Makes of what was thrown what the journal keeps. */
final class Faults {

    private Faults() {}

    /** Returns what the journal keeps; what is no {@link DriverException} is a defect, and nobody knows what it did. */
    static OperationRecord.Fault of(Throwable thrown) {
        if (thrown instanceof DriverException e) {
            return new OperationRecord.Fault(e.failure(), e.effect(), String.valueOf(e.getMessage()));
        }
        return new OperationRecord.Fault(Failure.DEFECT, Effect.UNKNOWN, thrown.toString());
    }

    static OperationRecord.Fault of(Failure failure, Effect effect, String message) {
        return new OperationRecord.Fault(failure, effect, message);
    }
}
