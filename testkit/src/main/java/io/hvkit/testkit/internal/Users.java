package io.hvkit.testkit.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Who this process runs as. */
public final class Users {

    private Users() {}

    /** Returns whether this process is root's. */
    public static boolean root() {
        return uid() == 0;
    }

    /** Returns the number of the user whose process this is. */
    public static int uid() {
        try {
            return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
