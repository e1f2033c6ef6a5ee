package io.hvkit.testkit.canary;

import io.hvkit.testkit.canary.Finding.Form;
import java.util.Arrays;

/** Bytes to look for. Never prints them. */
final class Needle {

    private final int canary;
    private final Form form;
    private final byte[] bytes;

    /** Takes over {@code bytes}, to be wiped with {@link #wipe}. */
    Needle(int canary, Form form, byte[] bytes) {
        this.canary = canary;
        this.form = form;
        this.bytes = bytes;
    }

    int canary() {
        return canary;
    }

    Form form() {
        return form;
    }

    byte[] bytes() {
        return bytes;
    }

    boolean at(byte[] hay, int offset, int end) {
        return offset + bytes.length <= end
                && Arrays.equals(hay, offset, offset + bytes.length, bytes, 0, bytes.length);
    }

    /** Returns whether it is looked for where white space and colons were taken out, so that wrapped lines don't hide it. */
    boolean squeezed() {
        return switch (form) {
            case BASE64, HEX -> true;
            case RAW, URL, XML, JSON, UTF16 -> false;
        };
    }

    void wipe() {
        Arrays.fill(bytes, (byte) 0);
    }
}
