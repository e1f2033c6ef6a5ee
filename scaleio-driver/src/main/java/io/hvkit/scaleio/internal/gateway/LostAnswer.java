package io.hvkit.scaleio.internal.gateway;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import org.jspecify.annotations.Nullable;

/** No answer, or one that cannot be read. */
final class LostAnswer extends Exception {

    private static final long serialVersionUID = 1L;

    /** How far the request came. */
    enum Reach {
        /** The gateway never saw it. */
        UNSENT,
        /** The gateway may have carried it out. */
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

    Reach reach() {
        return reach;
    }

    DriverException asFailure(Call.Repeat repeat) {
        boolean harmless = reach != Reach.SENT || repeat == Call.Repeat.READS;
        DriverException.Draft draft =
                DriverException.because(failure).effect(harmless ? Effect.NOT_APPLIED : Effect.UNKNOWN);
        Throwable cause = getCause();
        return (cause == null ? draft : draft.causedBy(cause)).message(what);
    }
}
