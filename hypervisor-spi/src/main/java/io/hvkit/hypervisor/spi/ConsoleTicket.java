package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.Secret;
import java.time.Instant;
import java.util.Optional;

/**
 * Leave to see the screen of one machine, and to type there. Whoever has it needs no account at the host; it is never printed, and
 * who asked for it closes it once it was handed on.
 *
 * @param kind what is spoken there
 * @param host the name or address of what answers, as the viewer is to reach it
 * @param port from 1 to 65535
 * @param thumbprint the fingerprint of the one certificate that is to be believed there, as the host spells it; nothing if it does
 *     not say, and then the certificate is checked by name
 * @param goodUntil when it can no longer be used to connect, at the earliest; a connection that stands goes on
 * @param secret the ticket or password itself, as text
 */
@Incubating(since = "0.1")
public record ConsoleTicket(
        Kind kind, String host, int port, Optional<String> thumbprint, Instant goodUntil, Secret secret)
        implements AutoCloseable {

    private static final int LAST_PORT = 65535;

    /** What is spoken where a ticket leads to. */
    public enum Kind {
        /** VMware's protocol in a web socket: {@code wss://HOST:PORT/ticket/TICKET}. */
        WEBMKS,
        /** RFB, with the secret as its password. */
        VNC
    }

    /**
     * Makes a ticket, which takes the secret over.
     *
     * @throws IllegalArgumentException if the host is blank or the port is none
     */
    public ConsoleTicket {
        if (host.isBlank()) {
            throw new IllegalArgumentException("a console is at a host, and its name is blank");
        }
        if (port < 1 || port > LAST_PORT) {
            throw new IllegalArgumentException("ports go from 1 to " + LAST_PORT + ", and " + port + " is none");
        }
    }

    /** Wipes the secret. What the host knows of the ticket stays good. Closing twice does nothing. */
    @Override
    public void close() {
        secret.close();
    }
}
