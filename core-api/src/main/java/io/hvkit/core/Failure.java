package io.hvkit.core;

/** The closed list of reasons a driver may give. Each fixes the caller's way out, so callers branch on that alone. */
public enum Failure {
    /** The request can never work as it is. */
    INVALID_REQUEST(Recovery.FIX_REQUEST, Effect.NOT_APPLIED),
    /** Something the request names is not there. */
    NOT_FOUND(Recovery.FIX_REQUEST, Effect.NOT_APPLIED),
    /** The name is taken by something that differs from the request; an identical one is success, not a failure. */
    EXISTS_DIFFERENTLY(Recovery.FIX_REQUEST, Effect.NOT_APPLIED),
    /** This driver, pool or host does not offer it, whatever the arguments. */
    UNSUPPORTED(Recovery.GIVE_UP, Effect.NOT_APPLIED),
    /** Somebody uses it. */
    IN_USE(Recovery.RELEASE_THEN_RETRY, Effect.NOT_APPLIED),
    /** An earlier request on the same thing is still under way. */
    OPERATION_PENDING(Recovery.RETRY_WITH_BACKOFF, Effect.UNKNOWN),
    /** The other side does not answer, or stopped answering in the middle. */
    UNREACHABLE(Recovery.RETRY_WITH_BACKOFF, Effect.UNKNOWN),
    /** It took longer than the caller allowed. */
    TIMED_OUT(Recovery.RETRY_WITH_BACKOFF, Effect.UNKNOWN),
    /** No room, no quota, no host left. */
    EXHAUSTED(Recovery.CALL_OPERATOR, Effect.NOT_APPLIED),
    /** A password, token or passphrase was not accepted. */
    BAD_CREDENTIALS(Recovery.CALL_OPERATOR, Effect.NOT_APPLIED),
    /** A tool or a kernel feature is missing on the host, or does not work there. */
    HOST_NOT_READY(Recovery.CALL_OPERATOR, Effect.NOT_APPLIED),
    /** Bytes are not what they must be. */
    CORRUPT_DATA(Recovery.GIVE_UP, Effect.UNKNOWN),
    /** The driver broke its own contract. */
    DEFECT(Recovery.GIVE_UP, Effect.UNKNOWN);

    private final Recovery recovery;
    private final Effect usualEffect;

    Failure(Recovery recovery, Effect usualEffect) {
        this.recovery = recovery;
        this.usualEffect = usualEffect;
    }

    /** Returns what the caller can do about it. */
    public Recovery recovery() {
        return recovery;
    }

    /** Returns what a call that failed so has done, unless the driver says otherwise. */
    public Effect usualEffect() {
        return usualEffect;
    }
}
