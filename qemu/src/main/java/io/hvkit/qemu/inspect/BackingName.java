package io.hvkit.qemu.inspect;

import io.hvkit.qemu.inspect.Finding.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/** The name of a backing file, as qcow, qcow2 and QED keep it: somewhere in the first cluster, at most 1023 bytes. */
final class BackingName {

    private static final int LONGEST = 1023;

    private final Bytes bytes;
    private final Report report;

    BackingName(Bytes bytes, Report report) {
        this.bytes = bytes;
        this.report = report;
    }

    /** Reads it; a header that says where a name is has a backing file, whether the name can be read or not. */
    void read(long offset, long size, long room, Optional<String> format) throws InterruptedException {
        boolean possible = size <= LONGEST && offset > 0 && offset <= room - size;
        String name = "";
        if (possible && size > 0 && offset <= bytes.length() - size) {
            name = new String(bytes.array(offset, (int) size), StandardCharsets.UTF_8);
        } else {
            report.find(
                    Kind.MALFORMED,
                    "the name of a backing file has %s bytes at byte %s",
                    size,
                    Long.toUnsignedString(offset));
        }
        report.names(Reference.Kind.BACKING_FILE, name, format, Kind.BACKING_FILE, text(name, format));
    }

    private static String text(String name, Optional<String> format) {
        String as = format.map(f -> ", of the format " + Shown.name(f)).orElse(", of a format that qemu would guess");
        return String.format(
                Locale.ROOT,
                "its backing file is %s%s%s",
                Shown.name(name),
                as,
                name.matches("(?s)[A-Za-z][A-Za-z0-9+.-]*:.*") ? "; qemu reads that as a protocol, not a path" : "");
    }
}
