package io.hvkit.testkit.canary;

/**
 * A place that a canary leaked to. Never holds the canary itself.
 *
 * @param canary which one, counted from 1 in the order of planting
 * @param form how it was written there
 * @param where the file with the offset, the process with the part of it, or the label of the text
 */
public record Finding(int canary, Form form, String where) {

    /** How a secret may be written. */
    public enum Form {
        /** Byte by byte as it is. */
        RAW,
        /** In Base64, standard or for URLs, at any offset in a longer Base64 text. */
        BASE64,
        /** In hexadecimal digits of either case, with or without separators. */
        HEX,
        /** Percent-encoded. */
        URL,
        /** With entities, as XML needs it. */
        XML,
        /** With backslashes, as JSON needs it. */
        JSON,
        /** Two bytes a character, in either order. */
        UTF16
    }

    @Override
    public String toString() {
        return "canary " + canary + " (" + form + ") in " + where;
    }
}
