package io.hvkit.engine.matrix;

import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;

/** Whether something can be done. */
@Incubating(since = "0.1")
public sealed interface Verdict {

    /** It can. */
    record Supported() implements Verdict {}

    /**
     * It is refused, and nothing is changed.
     *
     * @param failure the failure with which it is refused
     * @param reason why
     * @param alternative what to do instead
     */
    record Refused(Failure failure, String reason, String alternative) implements Verdict {}
}
