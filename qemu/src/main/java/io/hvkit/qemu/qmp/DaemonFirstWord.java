package io.hvkit.qemu.qmp;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a daemon that has just been started says on a connection that it opens itself, over a monitor that was asked for last: by
 * then all the others are in place.
 *
 * <p>Connecting to a monitor of its own accord before that is a race with QEMU, which hands the listening socket to another of
 * its threads while it may be accepting on it: seen with 7.2, in three of a hundred starts, are a second greeting, a second
 * negotiation, and connections on which nothing is ever answered.
 */
final class DaemonFirstWord implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DaemonFirstWord.class);
    private static final long LOOK_MILLIS = Duration.ofMillis(20).toMillis();

    private final Path socket;
    private final ServerSocketChannel server;
    private final Selector selector;

    private DaemonFirstWord(Path socket, ServerSocketChannel server, Selector selector) {
        this.socket = socket;
        this.server = server;
        this.selector = selector;
    }

    /** Listens for it at a socket, which is made. */
    static DaemonFirstWord expectedAt(Path socket) {
        try {
            ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                server.bind(UnixDomainSocketAddress.of(socket), 1);
                server.configureBlocking(false);
                Selector selector = Selector.open();
                server.register(selector, SelectionKey.OP_ACCEPT);
                return new DaemonFirstWord(socket, server, selector);
            } catch (IOException | RuntimeException e) {
                server.close();
                throw e;
            }
        } catch (IOException e) {
            throw failed(Failure.HOST_NOT_READY).causedBy(e).message("cannot listen at %s: %s", socket, e);
        }
    }

    /**
     * Waits until it is heard; the daemon's other monitors serve clients from then on.
     *
     * @return false if the daemon has ended instead
     * @throws DriverException with {@code TIMED_OUT} if it is silent
     */
    boolean isHeardFrom(DaemonProcess process, Deadline deadline) throws InterruptedException {
        while (true) {
            boolean alive = process.isAlive(); // before the try: what it says then is not its last word
            Optional<QmpWire> wire = caller();
            if (wire.isPresent()) {
                return hears(wire.get(), process, deadline);
            }
            if (!alive) {
                return false;
            }
            if (deadline.hasPassed()) {
                throw failed(Failure.TIMED_OUT).message("the daemon at %s has started and does not say a word", socket);
            }
        }
    }

    @Override
    public void close() {
        try (selector) {
            server.close();
        } catch (IOException e) {
            LOG.debug("{} did not close well", socket, e);
        }
    }

    private boolean hears(QmpWire wire, DaemonProcess process, Deadline deadline) throws InterruptedException {
        try (QmpClient client = QmpClient.over(wire, socket, deadline)) {
            LOG.debug("{} {} is ready", socket, client.version());
            return true;
        } catch (DriverException e) {
            if (e.failure() == Failure.UNREACHABLE && process.awaitEnd(deadline)) {
                return false;
            }
            throw e;
        }
    }

    private Optional<QmpWire> caller() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted while waiting at " + socket);
        }
        try {
            selector.select(LOOK_MILLIS);
            selector.selectedKeys().clear();
            SocketChannel channel = server.accept();
            return channel == null ? Optional.empty() : Optional.of(wire(channel));
        } catch (IOException e) {
            throw failed(Failure.HOST_NOT_READY).causedBy(e).message("cannot be called at %s: %s", socket, e);
        }
    }

    private static QmpWire wire(SocketChannel channel) throws IOException {
        try {
            return QmpWire.over(channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static DriverException.Draft failed(Failure failure) {
        return DriverException.because(failure).effect(Effect.NOT_APPLIED);
    }
}
