package io.hvkit.engine.internal;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What things may be called. */
public final class Names {

    private static final int LONGEST = 128;

    private Names() {}

    /**
     * Returns the name.
     *
     * @throws IllegalArgumentException if it is empty, longer than 128 characters, begins or ends with a blank, or holds a control character
     */
    public static String check(String what, String name) {
        if (name.isEmpty()
                || name.length() > LONGEST
                || !name.equals(name.strip())
                || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("a " + what + " has a name of 1 to " + LONGEST
                    + " characters without control characters, and no blanks around it: '" + name + "'");
        }
        return name;
    }

    /** Returns an idempotency key for one part of what was asked for under another one; the same for the same two. */
    public static String derived(String key, String part) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest((key + " " + part).getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
