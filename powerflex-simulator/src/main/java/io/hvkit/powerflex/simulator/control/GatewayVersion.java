package io.hvkit.powerflex.simulator.control;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The version that a gateway plays, of the generation with mirrored data: 3.5, 3.6 and 4.0 to 4.6.
 *
 * @param major 3 or 4
 * @param minor what follows the point
 */
public record GatewayVersion(int major, int minor) {

    /** The last of the 3.x line but one. */
    public static final GatewayVersion V3_5 = new GatewayVersion(3, 5);
    /** The last of the 3.x line. */
    public static final GatewayVersion V3_6 = new GatewayVersion(3, 6);
    /** What is played if nothing is said. */
    public static final GatewayVersion V4_5 = new GatewayVersion(4, 5);

    private static final Pattern TEXT = Pattern.compile("([0-9])\\.([0-9])");

    /** Refuses what was never released. */
    public GatewayVersion {
        if (!(major == 3 && (minor == 5 || minor == 6)) && !(major == 4 && minor >= 0 && minor <= 6)) {
            throw new IllegalArgumentException(
                    "version " + major + "." + minor + " is not played; 3.5, 3.6 and 4.0 to 4.6 are");
        }
    }

    /**
     * Reads a version such as {@code 3.6}.
     *
     * @throws IllegalArgumentException if it is not one that can be played
     */
    public static GatewayVersion parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not a version; write one such as 3.6 or 4.5");
        }
        return new GatewayVersion(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }

    /** Returns whether this is 4.0 or later: hosts of two kinds, bearer tokens, other codes for mappings. */
    public boolean isFour() {
        return major == 4;
    }

    /** Returns it as the gateway says it. */
    @Override
    public String toString() {
        return major + "." + minor;
    }
}
