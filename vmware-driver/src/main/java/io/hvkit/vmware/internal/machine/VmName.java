package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;

/** Names as the inventory of a vCenter has them: it writes three characters otherwise, and takes no long names. */
final class VmName {

    private static final int LONGEST = 80;

    private VmName() {}

    /** Returns a name as the inventory has it. */
    static String escaped(String name) {
        return name.replace("%", "%25").replace("/", "%2f").replace("\\", "%5c");
    }

    /** Returns a name of the inventory as people know it. */
    static String plain(String escaped) {
        return escaped.replace("%2f", "/")
                .replace("%2F", "/")
                .replace("%5c", "\\")
                .replace("%5C", "\\")
                .replace("%25", "%");
    }

    /** Returns the name if a machine can have it. */
    static String require(String name) {
        if (name.length() > LONGEST) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "a vCenter takes names of up to %s characters, and '%s' has %s",
                            LONGEST, name, name.length());
        }
        return name;
    }

    /** Returns the name of the folder for the machine's own files: the name itself, if file systems take that. */
    static String folder(String name) {
        String clean = name.replaceAll("[^A-Za-z0-9._-]", "_");
        boolean plain = clean.equals(name) && !name.startsWith(".");
        return plain ? name : clean.replaceFirst("^\\.", "_") + "-" + mark(name);
    }

    private static String mark(String name) {
        return Integer.toHexString(name.hashCode());
    }
}
