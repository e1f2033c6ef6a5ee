package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;

/** Looks at what was done. Where a look fails as if nothing had ever happened, something has: the effect is not known. */
final class Afterwards {

    private Afterwards() {}

    /** A look that answers. */
    @FunctionalInterface
    interface Look<R> {
        /** Returns what it sees. */
        R at() throws InterruptedException;
    }

    /** Returns what is seen after something was done. */
    static <R> R look(Look<R> look) throws InterruptedException {
        try {
            return look.at();
        } catch (DriverException e) {
            throw doubtful(e);
        }
    }

    /** Does the next step of what was begun. */
    static void run(Uninterrupted.Step step) throws InterruptedException {
        try {
            step.run();
        } catch (DriverException e) {
            throw doubtful(e);
        }
    }

    /** Returns the failure without its word that nothing was done. */
    static DriverException doubtful(DriverException e) {
        return e.effect() == Effect.NOT_APPLIED ? with(Effect.UNKNOWN, e) : e;
    }

    /** Returns the failure with another effect. */
    static DriverException with(Effect effect, DriverException e) {
        DriverException.Draft draft =
                DriverException.because(e.failure()).effect(effect).causedBy(e);
        return e.vendorCode().map(draft::vendorCode).orElse(draft).message("%s", String.valueOf(e.getMessage()));
    }
}
