package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.util.regex.Pattern;

/** The one place that knows how qemu reads what it is told: a comma ends a value unless it is doubled. */
final class QemuText {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_-]*(\\.[A-Za-z0-9_][A-Za-z0-9_-]*)*");
    private static final Pattern ID = Pattern.compile("[A-Za-z][A-Za-z0-9._-]*");
    private static final int LONGEST_NODE_NAME = 31;
    private static final int HIGHEST_PORT = 65_535;

    private QemuText() {}

    /** Returns {@code name=value}, for a list of options. */
    static String option(String name, String value) {
        return requireName(name) + "=" + value.replace(",", ",,");
    }

    /** Returns a name of an option or a driver, if it is one. */
    static String requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("'%s' is no name for qemu; use letters, digits, '-', '_' and dots between them", name);
        }
        return name;
    }

    /** Returns an id of an object, if it is one. */
    static String requireId(String id) {
        if (!ID.matcher(id).matches()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("'%s' is no id for qemu; use letters, digits, '-', '.' and '_' after a letter", id);
        }
        return id;
    }

    /** Returns a name of a block node, if it is one. */
    static String requireNodeName(String name) {
        if (requireId(name).length() > LONGEST_NODE_NAME) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("'%s' is too long for a node; qemu takes %s characters", name, LONGEST_NODE_NAME);
        }
        return name;
    }

    /** Returns a port, as the text that qemu wants. */
    static String requirePort(int port) {
        if (port < 1 || port > HIGHEST_PORT) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is no port; ports go from 1 to %s", port, HIGHEST_PORT);
        }
        return Integer.toString(port);
    }

    /** Returns a value, if qemu can take it. */
    static String requireValue(String name, String value) {
        if (value.indexOf('\0') >= 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("the value of %s holds a NUL character, which ends it for qemu", name);
        }
        return value;
    }

    /** Returns a key, if qemu can take it. */
    static Secret requireKey(Object what, Secret key) {
        if (!key.isText()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "the key for %s is not UTF-8 text without NUL bytes, which is all that qemu takes; write it as"
                                    + " Base64, or use Secret.random()",
                            what);
        }
        return key;
    }
}
