package io.hvkit.powerflex.simulator.internal.array;

/** The gateway refuses before the array is asked. */
public final class InvalidRequest extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final String text;

    public InvalidRequest(String text) {
        super(text);
        this.text = text;
    }

    public String text() {
        return text;
    }

    /** Returns the refusal of a request that lacks a parameter. */
    public static InvalidRequest missing(String parameter) {
        return new InvalidRequest(
                "Request message is not valid: The following parameter(s) must be part of the request body: "
                        + parameter + ".");
    }

    /** Returns the refusal of a request that has none of some parameters. */
    public static InvalidRequest missingOneOf(String... parameters) {
        return new InvalidRequest("Request message is not valid: One of the parameter(s) must be part of the request"
                + " body: " + String.join(", ", parameters));
    }

    /** Returns the refusal of a value that is not one of a list. */
    public static InvalidRequest notOneOf(String parameter, String value, Iterable<String> allowed) {
        return new InvalidRequest(parameter + " should get one of the following values: " + String.join(", ", allowed)
                + ", but its value is " + value);
    }
}
