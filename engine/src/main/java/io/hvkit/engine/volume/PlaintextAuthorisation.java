package io.hvkit.engine.volume;

import io.hvkit.core.Incubating;
import java.util.Objects;

/**
 * The decision that what is encrypted may lie in clear where somebody has it copied to. The journal keeps it with the operation that it allows,
 * so that it is known afterwards who decided, and why.
 *
 * @param by who decided: a person or an account, as the platform names them
 * @param reason why
 */
@Incubating(since = "0.1")
public record PlaintextAuthorisation(String by, String reason) {

    /** The most characters of each. */
    public static final int LONGEST = 1000;

    /**
     * Checks both.
     *
     * @throws IllegalArgumentException if one is blank, longer than {@link #LONGEST} characters, or holds a control character
     */
    public PlaintextAuthorisation {
        by = check("who authorises", by);
        reason = check("the reason", reason);
    }

    private static String check(String what, String text) {
        Objects.requireNonNull(text);
        if (text.isBlank() || text.length() > LONGEST || text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(what + " is said in 1 to " + LONGEST
                    + " characters, not all blank and without control characters: '" + text + "'");
        }
        return text;
    }
}
