package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.internal.Names;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The SHA-256 of an image.
 *
 * @param hex 64 hexadecimal digits, in lower case however they were given
 */
@Incubating(since = "0.1")
public record Sha256(String hex) {

    private static final Pattern DIGITS = Pattern.compile("[0-9a-fA-F]{64}");

    /**
     * Rejects what is no such digest.
     *
     * @throws IllegalArgumentException if it is not 64 hexadecimal digits
     */
    public Sha256 {
        if (!DIGITS.matcher(hex).matches()) {
            throw new IllegalArgumentException("a SHA-256 has 64 hexadecimal digits: '" + Names.printable(hex) + "'");
        }
        hex = hex.toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return hex;
    }
}
