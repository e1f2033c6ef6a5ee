package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.regex.Pattern;

/** The one place that knows how qemu reads lists of options: a comma ends a value unless it is doubled. */
final class QemuText {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_-]*(\\.[A-Za-z0-9_][A-Za-z0-9_-]*)*");

    private QemuText() {}

    /** Returns {@code name=value}, for a list of options. */
    static String option(String name, String value) {
        return requireName(name) + "=" + value.replace(",", ",,");
    }

    /** Returns a name of an option, an object or a driver, if it is one. */
    static String requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("'%s' is no name for qemu; use letters, digits, '-', '_' and dots between them", name);
        }
        return name;
    }

    /** Returns a value, if qemu can take it. */
    static String requireValue(String name, String value) {
        if (value.indexOf('\0') >= 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("the value of %s holds a NUL character, which ends it for qemu", name);
        }
        return value;
    }
}
