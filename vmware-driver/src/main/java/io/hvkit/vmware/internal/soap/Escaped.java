package io.hvkit.vmware.internal.soap;

import org.jspecify.annotations.Nullable;

/** Text as XML takes it. */
final class Escaped {

    private Escaped() {}

    /**
     * Appends a text.
     *
     * @throws IllegalArgumentException if it has a character that XML cannot hold
     */
    static void append(String text, StringBuilder out) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            String entity = entity(c);
            if (entity != null) {
                out.append(entity);
            } else if (isAllowed(text, i)) {
                out.append(c);
            } else {
                throw new IllegalArgumentException(
                        "a vCenter takes no text with the character " + Integer.toHexString(c) + " (hexadecimal)");
            }
        }
    }

    static @Nullable String entity(int c) {
        return switch (c) {
            case '<' -> "&lt;";
            case '>' -> "&gt;";
            case '&' -> "&amp;";
            case '"' -> "&quot;";
            case '\r' -> "&#13;";
            case '\n' -> "&#10;";
            case '\t' -> "&#9;";
            default -> null;
        };
    }

    private static boolean isAllowed(String text, int i) {
        char c = text.charAt(i);
        if (Character.isHighSurrogate(c)) {
            return i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1));
        }
        if (Character.isLowSurrogate(c)) {
            return i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
        }
        return c >= ' ' && c < 0xFFFE;
    }
}
