package io.hvkit.engine.internal.operation;

/** Why a run is to leave off before its end; a later one outweighs an earlier one. */
enum Stop {
    /** It is not. */
    NONE,
    /** Somebody asked for it; what was done is taken back, if that is still possible. */
    CANCEL,
    /** The engine closes; the operation is let go of. */
    CLOSE,
    /** Somebody else may have the lease; nothing is touched any more. */
    LOST
}
