package io.hvkit.scaleio.internal.gateway;

import java.util.Optional;

/** Proof of a login. Never printed. */
final class Token {

    private final String header;
    private final Optional<String> refresh;

    Token(String header, Optional<String> refresh) {
        this.header = header;
        this.refresh = refresh;
    }

    /** Returns what the header Authorization says. */
    String header() {
        return header;
    }

    /** Returns what a logout of 4.x asks for. */
    Optional<String> refresh() {
        return refresh;
    }

    @Override
    public String toString() {
        return "Token[redacted]";
    }
}
