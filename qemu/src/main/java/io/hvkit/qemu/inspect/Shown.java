package io.hvkit.qemu.inspect;

import java.util.Locale;

/** Shows what an image says to people, so that it can neither break a line nor pass for something else. */
final class Shown {

    private static final int LONGEST = 200;

    private Shown() {}

    /** Returns the text in quotes: what is not a plain letter, digit or sign is escaped, and what is long is cut. */
    static String name(String text) {
        StringBuilder shown = new StringBuilder("'");
        int at = 0;
        while (at < text.length() && shown.length() < LONGEST) {
            int point = text.codePointAt(at);
            shown.append(point(point));
            at += Character.charCount(point);
        }
        return shown.append(at < text.length() ? "'... (cut)" : "'").toString();
    }

    /** Returns bits as people write them. */
    static String bits(long bits) {
        return "0x" + Long.toHexString(bits);
    }

    private static String point(int point) {
        if (point == '\'' || point == '\\') {
            return "\\" + (char) point;
        }
        if ((point >= ' ' && point <= '~') || (point > 0xA0 && Character.isLetterOrDigit(point))) {
            return Character.toString(point);
        }
        return point <= 0xFF
                ? String.format(Locale.ROOT, "\\x%02x", point)
                : String.format(Locale.ROOT, "\\u{%x}", point);
    }
}
