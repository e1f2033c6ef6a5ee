package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.nio.charset.Charset;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;

/** The rules for paths that are given to a program: absolute, and the same bytes there as here. */
final class ImagePath {

    private ImagePath() {}

    /**
     * Returns {@code path}, made absolute. An absolute path never starts with a dash or a protocol prefix.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if this JVM cannot hand it to a program unchanged
     */
    static Path of(Path path) {
        if (!path.getFileSystem().equals(FileSystems.getDefault())) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is inside another file system than the host's own; programs cannot reach it", path);
        }
        Path absolute = path.toAbsolutePath();
        String text = absolute.toString();
        Charset names = names();
        // From 18 on the JDK encodes arguments like file names; 17 uses the default for texts.
        Charset arguments = Runtime.version().feature() >= 18 ? names : Charset.defaultCharset();
        if (!isItself(absolute, text) || !Arrays.equals(text.getBytes(names), text.getBytes(arguments))) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "the path '%s' cannot be handed to a program by this JVM, whose file names are %s and whose"
                                    + " arguments are %s; start it in a UTF-8 locale, such as LC_ALL=C.UTF-8",
                            text, names, arguments);
        }
        return absolute;
    }

    /** Returns what makes bytes of a path on this host. */
    static Charset names() {
        return charset("sun.jnu.encoding");
    }

    /**
     * Refuses what holds no bytes, or would make its reader wait, as a pipe would.
     *
     * @throws DriverException with {@code NOT_FOUND}, or {@code INVALID_REQUEST} if it is neither a file nor a block device
     */
    static void requireBytes(Path path, FileStatus status) {
        switch (status.kind()) {
            case NOTHING, BROKEN_LINK ->
                throw DriverException.because(Failure.NOT_FOUND).message("there is nothing at %s", path);
            case FOLDER, OTHER ->
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message("%s is neither a regular file nor a block device", path);
            case REGULAR_FILE, BLOCK_DEVICE -> {}
        }
    }

    private static boolean isItself(Path path, String text) {
        try {
            return Path.of(text).equals(path);
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static Charset charset(String property) {
        String name = System.getProperty(property, "");
        try {
            return name.isEmpty() ? Charset.defaultCharset() : Charset.forName(name);
        } catch (UnsupportedCharsetException e) {
            return Charset.defaultCharset();
        }
    }
}
