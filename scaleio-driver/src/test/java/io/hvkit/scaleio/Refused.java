package io.hvkit.scaleio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.Callable;

/** What a call is to be refused with; and that no password shows, neither as it is nor as it travels. */
record Refused(Failure failure, Effect effect) {

    /** A password that the gateway does not accept. */
    static final String WRONG = "not-the-password-at-all";

    private static final String TRAVELLING = "bm90LXRoZS1wYXNzd29yZC1hdC1hbG"; // in Base64, from any third letter on

    static Refused as(Failure failure) {
        return new Refused(failure, Effect.NOT_APPLIED);
    }

    Refused unknown() {
        return new Refused(failure, Effect.UNKNOWN);
    }

    void saying(String words, Callable<?> call) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(call::call)
                .withMessageContaining(words)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(failure))
                .satisfies(e -> assertThat(e.effect()).isEqualTo(effect))
                .satisfies(e -> assertThat(wholeTextOf(e)).doesNotContain(WRONG, TRAVELLING, "simulator:simulator"));
    }

    private static String wholeTextOf(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
