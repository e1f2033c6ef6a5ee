package io.hvkit.qemu.inspect;

import java.util.Optional;

/**
 * Another file that an image names. Nothing was opened, and the name is the image's own claim: it may be a path, a URL, qemu's
 * {@code json:} syntax, or an attack.
 *
 * @param kind what it is to the image
 * @param name the name as it stands there, at most 4096 characters; empty if the image has a reference without a name
 * @param format the format that the image gives for it, if it does
 */
public record Reference(Kind kind, String name, Optional<String> format) {

    /** What a file can be to an image. */
    public enum Kind {
        /** What shows through where the image holds nothing. */
        BACKING_FILE,
        /** Where the image keeps its data. */
        DATA_FILE,
        /** A piece of the disk. */
        EXTENT,
        /** What the image holds the differences from. */
        PARENT,
        /** Where changes are noted. */
        CHANGE_TRACKING
    }

    /** Returns it for people: the name with quotes and escapes, and cut. */
    @Override
    public String toString() {
        return kind + " " + Shown.name(name)
                + format.map(f -> " (" + Shown.name(f) + ")").orElse("");
    }
}
