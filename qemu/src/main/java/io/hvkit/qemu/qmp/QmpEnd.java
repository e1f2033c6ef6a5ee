package io.hvkit.qemu.qmp;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.Optional;

/**
 * Why a connection has ended.
 *
 * @param failure what it is for who waits at it
 * @param ending who ended it
 * @param reason for people
 * @param cause what told this side of it, if it did not end it itself
 */
record QmpEnd(Failure failure, Ending ending, String reason, Optional<Exception> cause) {

    /** Who ended a connection. */
    enum Ending {
        /** This side did, on purpose. */
        CLOSED,
        /** The other side did, or died. */
        LOST,
        /** This side did, since the other side said what no monitor says. */
        VIOLATED
    }

    /** Returns what is thrown at who waits. */
    DriverException toFailure() {
        DriverException.Draft draft = DriverException.because(failure);
        return cause.map(draft::causedBy).orElse(draft).message("%s", reason);
    }
}
