package io.hvkit.scaleio.internal.pool;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Names on the array: 31 visible characters of ASCII. Names are kept to the letter or refused, never cut. What is in front of them
 * says what something is, from the moment in which it is made: {@code !} a volume with LUKS, {@code ~} one that holds a qcow2 image, two
 * characters snapshots ({@link Layout}), {@code r!} what was before a revert, {@code u!}, {@code d!} and {@code n!} notes. A plain volume has
 * nothing there.
 */
final class Names {

    static final int LONGEST = 31;

    private static final int LONGEST_OF_VOLUMES = LONGEST - 1;
    private static final Pattern SPELLING = Pattern.compile("[!-~]{1," + LONGEST_OF_VOLUMES + "}");
    private static final Pattern MARKED = Pattern.compile("[denqrsu]!.*|[!~].*", Pattern.DOTALL);
    private static final Pattern OURS = Pattern.compile("[denqrsu]!.*", Pattern.DOTALL);
    private static final Pattern ID = Pattern.compile("[0-9a-f]{16}");

    private Names() {}

    static void check(String name) {
        if (!SPELLING.matcher(name).matches()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "a PowerFlex volume's name has 1 to %d visible ASCII characters and no blank, unlike '%s'",
                            LONGEST_OF_VOLUMES, name);
        }
        if (MARKED.matcher(name).matches()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "names that begin with !, with ~, or with one of %s and an exclamation mark are kept for what is"
                                    + " encrypted, snapshots and notes, so not '%s'",
                            "d, e, n, q, r, s and u", name);
        }
    }

    static boolean isOurs(String name) {
        return OURS.matcher(name).matches();
    }

    /** Returns how a volume is called on the array. */
    static String spelled(String name, ImageFormat format) {
        return Layout.of(format).spelled(name);
    }

    /** Returns how a volume is called that the array calls so. */
    static String plain(String spelled) {
        return Layout.ofVolume(spelled).plain(spelled);
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
