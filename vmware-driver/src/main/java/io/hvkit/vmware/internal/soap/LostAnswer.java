package io.hvkit.vmware.internal.soap;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import org.jspecify.annotations.Nullable;

/** No answer, or one that cannot be read. */
public final class LostAnswer extends Exception {

    private static final long serialVersionUID = 1L;

    /** How far the request came. */
    enum Reach {
        /** The vCenter never saw it. */
        UNSENT,
        /** The vCenter may have carried it out. */
        SENT,
        /** It was not sent, and never will be: whoever answers there is not to be trusted. */
        UNTRUSTED
    }

    private final Failure failure;
    private final Reach reach;
    private final String what;

    LostAnswer(Failure failure, Reach reach, String what, @Nullable Throwable cause) {
        super(what, cause);
        this.failure = failure;
        this.reach = reach;
        this.what = what;
    }

    /** Returns it for a change that was not sent since a question before it found nobody. */
    LostAnswer before(Call change) {
        return new LostAnswer(
                failure,
                reach == Reach.SENT ? Reach.UNSENT : reach,
                change + " was not sent, since " + what,
                getCause());
    }

    Reach reach() {
        return reach;
    }

    /** Returns whether the call may have been carried out, so that a look is needed. */
    public boolean mayHaveWorked() {
        return reach == Reach.SENT;
    }

    /** Returns it as callers of the SPI see it, for a call that changes nothing, or that was not carried out. */
    public DriverException harmless() {
        return as(Effect.NOT_APPLIED);
    }

    /** Returns it as callers of the SPI see it, for a call that changes something. */
    public DriverException asFailure() {
        return as(mayHaveWorked() ? Effect.UNKNOWN : Effect.NOT_APPLIED);
    }

    private DriverException as(Effect effect) {
        DriverException.Draft draft = DriverException.because(failure).effect(effect);
        Throwable cause = getCause();
        return (cause == null ? draft : draft.causedBy(cause)).message(what);
    }
}
