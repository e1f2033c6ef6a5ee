package io.hvkit.qemu;

import io.hvkit.qemu.internal.ProcessIdentity;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a file that is not complete yet: who makes it, and something random. It says enough for {@link PartialFiles} to
 * know whether its maker still lives.
 */
record PartialName(ProcessIdentity maker, UUID id) {

    private static final Pattern NAME =
            Pattern.compile("\\.hvkit-(.+)-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\\.partial");

    /** Returns a name of this process that nobody had before. */
    static PartialName next() {
        return new PartialName(ProcessIdentity.ofThisOne(), UUID.randomUUID());
    }

    /** Returns what a file's name says; nothing if it is no name of this kind. */
    static Optional<PartialName> parse(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        return ProcessIdentity.parse(matcher.group(1))
                .map(maker -> new PartialName(maker, UUID.fromString(matcher.group(2))));
    }

    @Override
    public String toString() {
        return ".hvkit-" + maker + "-" + id + ".partial";
    }
}
