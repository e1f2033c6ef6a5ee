package io.hvkit.vmware.internal.soap;

/**
 * One session. Two are the same only if they are the same object, whatever they say.
 */
final class Token {

    private final String cookie;

    Token(String cookie) {
        this.cookie = cookie;
    }

    /** Returns the header that calls carry. */
    String cookie() {
        return cookie;
    }

    @Override
    public String toString() {
        return "Token"; // whoever has the cookie has the session
    }
}
