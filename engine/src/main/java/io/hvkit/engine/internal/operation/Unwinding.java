package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.OperationRecord;

/**
 * Leaves a procedure in the middle of its run. An error, and not an exception, so that no procedure catches it by mistake; without a stack
 * trace, since it is nothing that went wrong in the code.
 */
abstract sealed class Unwinding extends Error {

    private static final long serialVersionUID = 1L;

    private Unwinding(String message) {
        super(message, null, false, false);
    }

    /** What was done is to be taken back; the journal says so already. */
    static final class TurnedBack extends Unwinding {
        private static final long serialVersionUID = 1L;

        TurnedBack() {
            super("turned back");
        }
    }

    /** Somebody else may work on the operation now: nothing is touched any more, not even the journal. */
    static final class LeaseLost extends Unwinding {
        private static final long serialVersionUID = 1L;

        LeaseLost() {
            super("lease lost");
        }
    }

    /** The operation is let go of between two steps, for anybody to go on with. */
    static final class LetGo extends Unwinding {
        private static final long serialVersionUID = 1L;

        LetGo() {
            super("let go");
        }
    }

    /** Going on is not possible and going back is not safe. */
    static final class Halted extends Unwinding {
        private static final long serialVersionUID = 1L;

        private final transient OperationRecord.Fault fault;

        Halted(OperationRecord.Fault fault) {
            super("halted");
            this.fault = fault;
        }

        OperationRecord.Fault fault() {
            return fault;
        }
    }
}
