package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What is not done, and says why. */
final class Refusals {

    private Refusals() {}

    /** Requires that a call fails so, and returns what it says. */
    static DriverException refused(Failure failure, ThrowingCallable call) {
        DriverException e = catchThrowableOfType(DriverException.class, call);
        assertThat(e).as("refused").isNotNull();
        assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure);
        return e;
    }
}
