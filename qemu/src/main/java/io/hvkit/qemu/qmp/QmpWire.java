package io.hvkit.qemu.qmp;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * A socket that is waited for by a selector and never blocks: interrupting a thread that waits ends the waiting, not the
 * connection, as it would with a blocking channel. Any thread may write, wake and close; one at a time may wait and read.
 */
final class QmpWire implements AutoCloseable {

    private static final int LONGEST_ADDRESS = 107;
    private static final int PIECE = 1 << 16;
    private static final long PAUSE = Duration.ofMillis(5).toNanos();
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final ByteBuffer piece = ByteBuffer.allocate(PIECE);

    private QmpWire(SocketChannel channel, Selector selector, SelectionKey key) {
        this.channel = channel;
        this.selector = selector;
        this.key = key;
    }

    /**
     * Returns a connection, waiting for a place in the server's queue if need be.
     *
     * @throws DriverException as {@link QmpClient#connect} says
     */
    static QmpWire connect(Path socket, Deadline deadline) throws InterruptedException {
        while (true) {
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while connecting to " + socket);
            }
            SocketException reason;
            try {
                return connect(address(socket));
            } catch (ConnectException e) {
                throw failed(Failure.UNREACHABLE).causedBy(e).message("nobody listens at %s", socket);
            } catch (SocketException e) {
                reason = e;
            } catch (IOException e) {
                throw failed(Failure.HOST_NOT_READY).causedBy(e).message("cannot connect to %s: %s", socket, e);
            }
            requireReachable(socket, reason);
            if (deadline.hasPassed()) {
                throw failed(Failure.TIMED_OUT)
                        .causedBy(reason)
                        .message("%s takes no more connections: %s", socket, reason);
            }
            LockSupport.parkNanos(PAUSE);
        }
    }

    /** Returns one over a connection that stands; the channel is the caller's to close if this fails. */
    static QmpWire over(SocketChannel channel) throws IOException {
        channel.configureBlocking(false);
        Selector selector = Selector.open();
        try {
            return new QmpWire(channel, selector, channel.register(selector, SelectionKey.OP_READ));
        } catch (IOException | RuntimeException e) {
            selector.close();
            throw e;
        }
    }

    /** Asks to wait for room to write as well, or no longer. To be called by who waits, before it does. */
    void expectRoom(Room room) {
        key.interestOps(
                switch (room) {
                    case NEEDED -> SelectionKey.OP_READ | SelectionKey.OP_WRITE;
                    case NOT_NEEDED -> SelectionKey.OP_READ;
                });
    }

    /** Waits until there is something to read, room to write if that was asked for, time is over, or it is woken. */
    void await(long nanos) throws IOException {
        try {
            if (nanos == 0) {
                selector.selectNow();
            } else {
                selector.select(1 + (nanos - 1) / NANOS_PER_MILLI);
            }
            selector.selectedKeys().clear();
        } catch (ClosedSelectorException e) {
            throw new IOException("closed while somebody was about to wait", e);
        }
    }

    /**
     * Reads a piece, without waiting.
     *
     * @return what was read, valid until the next call; empty if there is nothing now
     * @throws EOFException if the other side has closed it
     */
    ByteBuffer read() throws IOException {
        piece.clear();
        if (channel.read(piece) < 0) {
            throw new EOFException("the other side closed the connection");
        }
        return piece.flip();
    }

    /** Writes as much as there is room for, without waiting. */
    void write(ByteBuffer bytes) throws IOException {
        channel.write(bytes);
    }

    /** Ends the waiting, if somebody waits, so that he looks around. */
    void wake() {
        selector.wakeup();
    }

    @Override
    public void close() throws IOException {
        try (selector) { // which lets go of the channel in the end
            channel.close();
        }
    }

    private static QmpWire connect(UnixDomainSocketAddress address) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.configureBlocking(false);
            if (!channel.connect(address)) {
                throw new IOException("a Unix socket connects at once or not at all");
            }
            return over(channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static UnixDomainSocketAddress address(Path socket) {
        try {
            UnixDomainSocketAddress address = UnixDomainSocketAddress.of(socket.toAbsolutePath());
            requireShort(address.getPath());
            return address;
        } catch (UnsupportedOperationException e) {
            throw failed(Failure.INVALID_REQUEST)
                    .causedBy(e)
                    .message("%s is inside another file system than the host's own", socket);
        }
    }

    /** The system has room for so many bytes alone. */
    static void requireShort(Path socket) {
        int length = socket.toString().getBytes(Charset.defaultCharset()).length;
        if (length > LONGEST_ADDRESS) {
            throw failed(Failure.INVALID_REQUEST)
                    .message(
                            "%s has %d bytes, and the address of a socket %d at most", socket, length, LONGEST_ADDRESS);
        }
    }

    /** Tells the lasting reasons, which the system words as it likes, from a queue that is full just now. */
    private static void requireReachable(Path socket, SocketException reason) {
        if (Files.notExists(socket)) {
            throw failed(Failure.NOT_FOUND).causedBy(reason).message("there is no socket at %s", socket);
        }
        if (!Files.isWritable(socket)) {
            throw failed(Failure.HOST_NOT_READY)
                    .causedBy(reason)
                    .message("the socket %s may not be used by this process: %s", socket, reason);
        }
    }

    private static DriverException.Draft failed(Failure failure) {
        return DriverException.because(failure).effect(Effect.NOT_APPLIED);
    }

    /** Whether there are bytes to be written that found no room. */
    enum Room {
        NEEDED,
        NOT_NEEDED
    }
}
