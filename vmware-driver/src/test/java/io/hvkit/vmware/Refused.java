package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.util.concurrent.Callable;

/** What a call is to be refused with, having done nothing. */
record Refused(Failure failure) {

    /** A call that returns nothing. */
    @FunctionalInterface
    interface Step {
        void make() throws Exception;
    }

    static Refused as(Failure failure) {
        return new Refused(failure);
    }

    void saying(String words, Step step) {
        Callable<Object> call = () -> {
            step.make();
            return step;
        };
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(call::call)
                .withMessageContaining(words)
                .matches(e -> e.failure() == failure, "fails with " + failure)
                .matches(e -> e.effect() == Effect.NOT_APPLIED, "has done nothing");
    }
}
