package io.hvkit.catalog.spi;

/** What texts of records may be, so that every database keeps them to the letter. */
final class Texts {

    /** How many characters a text has at most by which records are told apart. */
    static final int LONGEST_NAME = 255;

    /** How many characters any other text has at most. */
    static final int LONGEST = 65_536;

    private Texts() {}

    /** Checks a text by which records are told apart: not empty, and at most {@link #LONGEST_NAME} characters. */
    static void name(String what, String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException(what + " is not empty");
        }
        check(what, text, LONGEST_NAME);
    }

    /** Checks any other text: at most {@link #LONGEST} characters. */
    static void text(String what, String text) {
        check(what, text, LONGEST);
    }

    private static void check(String what, String text, int longest) {
        if (text.length() > longest) {
            throw new IllegalArgumentException(what + " has " + longest + " characters at most, not " + text.length());
        }
        // PostgreSQL keeps no NUL, and half a surrogate pair has no UTF-8.
        if (text.codePoints().anyMatch(c -> c == 0 || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE))) {
            throw new IllegalArgumentException(
                    what + " has neither a NUL character nor half a surrogate pair: '" + text + "'");
        }
    }
}
