package io.hvkit.testkit.internal;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files that travel in the jar. */
public final class Resources {

    private Resources() {}

    /** Returns the bytes of the resource called {@code name} beside {@code owner}. */
    public static byte[] bytes(Class<?> owner, String name) {
        try (InputStream in = owner.getResourceAsStream(name)) {
            if (in == null) {
                throw DriverException.because(Failure.DEFECT)
                        .message("the jar of %s lacks the resource %s", owner.getName(), name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes the resource called {@code name} into {@code folder}, over what is there, and returns the file. */
    public static Path unpack(Class<?> owner, String name, Path folder) {
        try {
            return Files.write(folder.resolve(name), bytes(owner, name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
