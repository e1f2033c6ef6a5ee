package io.hvkit.scaleio.internal.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.util.Optional;
import java.util.Set;

/** An answer that says no, by the gateway or the array behind it. */
public final class Refusal extends Exception {

    private static final long serialVersionUID = 1L;
    private static final int LONGEST_TEXT = 300;

    private final String call;
    private final int status;
    private final int code;
    private final String text;

    private Refusal(String call, int status, int code, String text) {
        super(text, null, false, false);
        this.call = call;
        this.status = status;
        this.code = code;
        this.text = text;
    }

    /** Returns the refusal that a body of JSON tells; what it says of the one object that is to blame counts most. */
    static Refusal of(String call, int status, JsonNode body) {
        JsonNode detail = body.path("details").path(0);
        int code = detail.path("rc").asInt(body.path("errorCode").asInt(0));
        String text = detail.path("errorMessage").asText(body.path("message").asText(""));
        return new Refusal(call, status, code, cut(text));
    }

    /** Returns the refusal of a gateway that says nothing of the array: a page for people, or nothing at all. */
    static Refusal bare(String call, int status) {
        return new Refusal(call, status, 0, "no reason told");
    }

    private static String cut(String text) {
        return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + " [...]";
    }

    /** Returns what the array means, if that is known. */
    public Optional<ArrayError> error() {
        return ArrayError.of(code, text);
    }

    /** Returns whether it means one of these. */
    public boolean is(ArrayError... wanted) {
        return error().filter(Set.of(wanted)::contains).isPresent();
    }

    /** Nothing was done, for want of a session. */
    boolean meansLoggedOut() {
        return status == 401 || status == 403 || is(ArrayError.SESSION_LOST);
    }

    /** Nothing was done, and the same may work soon. */
    boolean isBusy() {
        return status == 429 || is(ArrayError.BUSY);
    }

    /** Nobody knows what was done: the gateway stands between us and the array, and does not tell. */
    boolean isSilent() {
        return status >= 500 && code == 0 && error().isEmpty();
    }

    int status() {
        return status;
    }

    /** Returns it as callers of the SPI see it. */
    public DriverException asFailure() {
        Failure failure = failure();
        return DriverException.because(failure)
                .effect(isSilent() ? Effect.UNKNOWN : Effect.NOT_APPLIED)
                .vendorCode(code == 0 ? "HTTP " + status : Integer.toString(code))
                .message("the PowerFlex gateway refused %s with status %s, code %s: %s", call, status, code, text);
    }

    private Failure failure() {
        if (error().isPresent()) {
            return error().get().failure();
        }
        if (status == 401 || status == 403) {
            return Failure.BAD_CREDENTIALS;
        }
        if (isBusy()) {
            return Failure.OPERATION_PENDING;
        }
        if (isSilent()) {
            return Failure.UNREACHABLE;
        }
        return status == 400 ? Failure.INVALID_REQUEST : Failure.UNSUPPORTED;
    }
}
