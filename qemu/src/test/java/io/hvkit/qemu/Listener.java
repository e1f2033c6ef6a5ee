package io.hvkit.qemu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Somebody who listens on a Unix socket. The name of a socket is there before anybody listens, and who comes in between is refused; and to come only
 * to try may use up a server that takes one client. The kernel's table tells without either.
 */
public final class Listener {

    private static final Path TABLE = Path.of("/proc/net/unix");
    private static final String ACCEPTS = " 00010000 [0-9A-F]{4} [0-9A-F]{2} +[0-9]+ ";

    private Listener() {}

    /** Returns whether somebody listens at {@code socket}, named exactly as he named it. */
    public static boolean isAt(Path socket) {
        String name = new String(socket.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        try {
            String table = Files.readString(TABLE, StandardCharsets.ISO_8859_1);
            return Pattern.compile(ACCEPTS + Pattern.quote(name) + "\n")
                    .matcher(table)
                    .find();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
