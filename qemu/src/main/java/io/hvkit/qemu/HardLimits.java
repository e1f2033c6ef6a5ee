package io.hvkit.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the kernel allows a process at most: without privileges nobody raises it, and asking to is an error.
 *
 * @param cpuSeconds processor time
 * @param addressSpace in bytes
 * @param core the largest core dump, in bytes
 */
record HardLimits(long cpuSeconds, long addressSpace, long core) {

    static final HardLimits NONE = new HardLimits(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);

    /** Returns those of this process, which its children start with. */
    static HardLimits own() {
        try {
            return parse(Files.readString(Path.of("/proc/self/limits")));
        } catch (IOException e) {
            return NONE; // without /proc nobody knows, and where there is a limit prlimit will say so
        }
    }

    /** Reads the text that {@code /proc/self/limits} holds. */
    static HardLimits parse(String text) {
        return new HardLimits(
                hard(text, "Max cpu time"), hard(text, "Max address space"), hard(text, "Max core file size"));
    }

    private static long hard(String text, String name) {
        Matcher line = Pattern.compile("^" + name + " +\\S+ +(\\d{1,19})\\b", Pattern.MULTILINE)
                .matcher(text);
        return line.find() ? parseLong(line.group(1)) : Long.MAX_VALUE;
    }

    private static long parseLong(String digits) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }
}
