package io.hvkit.scaleio.internal.pool;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Names on the array: 31 visible characters of ASCII. Names are kept to the letter or refused, never cut. Those that begin with a
 * small letter of ours and an exclamation mark are ours: {@code s!} snapshots, {@code u!} and {@code n!} notes.
 */
final class Names {

    static final int LONGEST = 31;

    private static final Pattern SPELLING = Pattern.compile("[!-~]{1," + LONGEST + "}");
    private static final Pattern OURS = Pattern.compile("[snu]!.*", Pattern.DOTALL);
    private static final Pattern ID = Pattern.compile("[0-9a-f]{16}");

    private Names() {}

    static void check(String name) {
        if (!SPELLING.matcher(name).matches()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "a PowerFlex volume's name has 1 to %d visible ASCII characters and no blank, unlike '%s'",
                            LONGEST, name);
        }
        if (isOurs(name)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("names that begin with s!, n! or u! are kept for snapshots and notes, so not '%s'", name);
        }
    }

    static boolean isOurs(String name) {
        return OURS.matcher(name).matches();
    }

    /** Returns whether a volume can have that id: 16 small hexadecimal digits, as the array spells them. */
    static boolean isId(String id) {
        return ID.matcher(id).matches();
    }

    /** Returns an id in 11 characters instead of 16. */
    static String shortened(String id) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(HexFormat.of().parseHex(id));
    }

    /** Returns the id that {@link #shortened} made short. */
    static String lengthened(String text) {
        return HexFormat.of().formatHex(Base64.getUrlDecoder().decode(text));
    }
}
