package io.hvkit.testkit.libvirt;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands between clients and a libvirt daemon, passes messages on, and can be a bad network: it loses a call, or the answer to one
 * that the daemon has carried out, holds a call back, goes silent, or breaks. Safe for any number of threads.
 */
public final class DaemonRelay implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DaemonRelay.class);
    private static final int HEADER = 28;
    private static final int LARGEST = 64 << 20;
    private static final int CALL = 0;
    private static final int REPLY = 1;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Pair> pairs = new CopyOnWriteArrayList<>();
    private final ServerSocketChannel server;
    private final Path daemon;
    private Set<Integer> losing = Set.of();
    private Set<Integer> losingCalls = Set.of();
    private int lost;
    private Set<Integer> holding = Set.of();
    private int held;
    private boolean silent;
    private boolean closed;

    private DaemonRelay(ServerSocketChannel server, Path daemon) {
        this.server = server;
        this.daemon = daemon;
    }

    /** Returns a relay that clients reach at a new socket and that leads to a host's daemon. */
    public static DaemonRelay at(Path socket, PrivateHost host) {
        return listening(StandardProtocolFamily.UNIX, UnixDomainSocketAddress.of(socket), host);
    }

    /** Returns a relay that clients reach at a port of 127.0.0.1, in clear, and that leads to a host's daemon. */
    public static DaemonRelay onPort(PrivateHost host) {
        return listening(StandardProtocolFamily.INET, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), host);
    }

    private static DaemonRelay listening(StandardProtocolFamily family, SocketAddress address, PrivateHost host) {
        try {
            ServerSocketChannel server = ServerSocketChannel.open(family);
            server.bind(address);
            DaemonRelay relay = new DaemonRelay(server, host.socket());
            start("relay", relay::accept);
            return relay;
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY).causedBy(e).message("no relay at %s: %s", address, e);
        }
    }

    /** Returns its port, if it listens on one. */
    public OptionalInt port() {
        try {
            return server.getLocalAddress() instanceof InetSocketAddress address
                    ? OptionalInt.of(address.getPort())
                    : OptionalInt.empty();
        } catch (IOException e) {
            return OptionalInt.empty(); // closed
        }
    }

    /**
     * From now on the first answer to a call of one of these procedures is lost, with the connection that it came by; the daemon has
     * carried the call out by then. Once it is lost, all goes on as usual.
     *
     * @param procedures numbers of libvirt's remote protocol
     */
    public void loseReplyTo(Set<Integer> procedures) {
        lock.lock();
        try {
            losing = Set.copyOf(procedures);
        } finally {
            lock.unlock();
        }
    }

    /**
     * From now on the first call of one of these procedures is lost, with the connection that it came by; the daemon never hears of
     * it. Once it is lost, all goes on as usual.
     *
     * @param procedures numbers of libvirt's remote protocol
     */
    public void loseCallOf(Set<Integer> procedures) {
        lock.lock();
        try {
            losingCalls = Set.copyOf(procedures);
        } finally {
            lock.unlock();
        }
    }

    /** Returns how many calls and answers were lost so far. */
    public int lost() {
        lock.lock();
        try {
            return lost;
        } finally {
            lock.unlock();
        }
    }

    /**
     * From now on the first call of one of these procedures is held back, and whatever comes after it by the same connection, until
     * that ends: the client waits, and the daemon never hears of it. All else goes on as usual.
     *
     * @param procedures numbers of libvirt's remote protocol
     */
    public void holdCallOf(Set<Integer> procedures) {
        lock.lock();
        try {
            holding = Set.copyOf(procedures);
        } finally {
            lock.unlock();
        }
    }

    /** Returns how many calls were held back so far. */
    public int held() {
        lock.lock();
        try {
            return held;
        } finally {
            lock.unlock();
        }
    }

    /** Passes nothing on, in either direction, until {@link #speak}; connections stay, and new ones are taken. */
    public void fallSilent() {
        set(true);
    }

    /** Passes everything on again, what was held back first. */
    public void speak() {
        set(false);
    }

    private void set(boolean value) {
        lock.lock();
        try {
            silent = value;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Breaks all connections that there are; new ones are taken. */
    public void cut() {
        pairs.forEach(Pair::close);
    }

    /** Breaks everything and takes no more. Closing twice does nothing. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        closeQuietly(server);
        cut();
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel client = server.accept();
                try {
                    Pair pair = new Pair(client, SocketChannel.open(UnixDomainSocketAddress.of(daemon)));
                    pairs.add(pair);
                    start("relay-calls", pair::passCalls);
                    start("relay-answers", pair::passAnswers);
                } catch (IOException e) {
                    LOG.debug("the daemon takes no connection", e);
                    closeQuietly(client);
                }
            }
        } catch (IOException e) {
            LOG.debug("the relay has ended", e);
        }
    }

    /** Returns whether this is a call whose answer is to be lost. */
    private boolean loses(int procedure) {
        lock.lock();
        try {
            return losing.contains(procedure);
        } finally {
            lock.unlock();
        }
    }

    /** Holds a call back while its connection is there, if it is one of those. */
    private void hold(int procedure, Pair pair) {
        lock.lock();
        try {
            if (!holding.contains(procedure)) {
                return;
            }
            holding = Set.of();
            held++;
            while (!pair.over) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Loses a call, if it is one of those, and returns whether it is. */
    private boolean losesCall(int procedure) {
        lock.lock();
        try {
            boolean loses = losingCalls.contains(procedure);
            if (loses) {
                losingCalls = Set.of();
                lost++;
            }
            return loses;
        } finally {
            lock.unlock();
        }
    }

    private void hasLost() {
        lock.lock();
        try {
            losing = Set.of();
            lost++;
        } finally {
            lock.unlock();
        }
    }

    private void awaitSpeech() {
        lock.lock();
        try {
            while (silent && !closed) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, "hvkit-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            LOG.debug("already broken", e);
        }
    }

    /** One client and its connection to the daemon. */
    private final class Pair {

        private final SocketChannel client;
        private final SocketChannel host;
        private volatile int losingSerial = -1;
        private boolean over;

        Pair(SocketChannel client, SocketChannel host) {
            this.client = client;
            this.host = host;
        }

        void passCalls() {
            pass(client, host);
        }

        void passAnswers() {
            pass(host, client);
        }

        private void pass(SocketChannel from, SocketChannel to) {
            try {
                while (true) {
                    ByteBuffer message = next(from);
                    awaitSpeech();
                    int type = message.getInt(16);
                    int serial = message.getInt(20);
                    if (type == CALL) {
                        hold(message.getInt(12), this);
                        if (losesCall(message.getInt(12))) {
                            return;
                        }
                    }
                    if (type == CALL && loses(message.getInt(12))) {
                        losingSerial = serial;
                    } else if (type == REPLY && serial == losingSerial) {
                        hasLost();
                        return;
                    }
                    while (message.hasRemaining()) {
                        to.write(message);
                    }
                }
            } catch (IOException e) {
                LOG.debug("a connection of the relay has ended", e);
            } finally {
                close();
            }
        }

        /** Reads one message; by the channel itself, whose streams let nobody write while they read. */
        private ByteBuffer next(SocketChannel from) throws IOException {
            ByteBuffer length = filled(from, ByteBuffer.allocate(Integer.BYTES));
            int bytes = length.getInt(0);
            if (bytes < HEADER || bytes > LARGEST) {
                throw new IOException("no message of libvirt has " + bytes + " bytes");
            }
            return filled(from, ByteBuffer.allocate(bytes).putInt(bytes));
        }

        private ByteBuffer filled(SocketChannel from, ByteBuffer room) throws IOException {
            while (room.hasRemaining()) {
                if (from.read(room) < 0) {
                    throw new EOFException("the other side has closed");
                }
            }
            return room.flip();
        }

        void close() {
            closeQuietly(client);
            closeQuietly(host);
            pairs.remove(this);
            lock.lock();
            try {
                over = true;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
