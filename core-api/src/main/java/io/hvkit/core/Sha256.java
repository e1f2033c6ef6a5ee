package io.hvkit.core;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The SHA-256 of an image.
 *
 * @param hex 64 hexadecimal digits, in lower case however they were given
 */
@Incubating(since = "0.1")
public record Sha256(String hex) {

    private static final int DIGEST_DIGITS = 64;
    private static final Pattern DIGITS = Pattern.compile("[0-9a-fA-F]{" + DIGEST_DIGITS + "}");

    /**
     * Rejects what is no such digest.
     *
     * @throws IllegalArgumentException if it is not 64 hexadecimal digits; the text itself is not repeated, only its length
     */
    public Sha256 {
        if (!DIGITS.matcher(hex).matches()) {
            throw new IllegalArgumentException("a SHA-256 has 64 hexadecimal digits; this has " + hex.length()
                    + " characters, or others than 0-9 and a-f");
        }
        hex = hex.toLowerCase(Locale.ROOT);
    }

    /** Returns the digest of these bytes. */
    public static Sha256 of(byte[] bytes) {
        try {
            return new Sha256(HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return hex;
    }
}
