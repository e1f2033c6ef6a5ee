package io.hvkit.kvm.internal.host;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/**
 * Asks a libvirt daemon for one word in its own protocol before libvirt's client connects, since that waits for ever for one that is
 * stopped or cut off. Trusts nobody, and tells nobody anything.
 */
final class SignOfLife {

    private static final int PROGRAM = 0x2000_8086;
    private static final int VERSION = 1;
    private static final int AUTH_LIST = 66;
    private static final int CALL = 0;
    private static final int LENGTH = 28;

    private final String peer;
    private final Duration limit;
    private final long start = System.nanoTime();

    /**
     * Makes a question; its time begins now.
     *
     * @param peer who is asked, for messages
     */
    SignOfLife(String peer, Duration limit) {
        this.peer = peer;
        this.limit = limit;
    }

    /** Returns when the daemon on a socket has answered; throws {@code UNREACHABLE} if it does not within the limit. */
    void of(Path socket) throws InterruptedException {
        ask(UnixDomainSocketAddress.of(socket), question());
    }

    /** Returns the same for a daemon on a port. */
    void of(String host, int port) throws InterruptedException {
        ask(new InetSocketAddress(host, port), question());
    }

    /** Returns when whoever listens for TLS has answered a greeting, whoever it is. */
    void ofTls(String host, int port) throws InterruptedException {
        ask(new InetSocketAddress(host, port), greeting());
    }

    private void ask(SocketAddress address, ByteBuffer words) throws InterruptedException {
        if (address instanceof InetSocketAddress port && port.isUnresolved()) {
            throw unreachable("no host is known by the name " + port.getHostString());
        }
        try (SocketChannel channel = address instanceof UnixDomainSocketAddress unix
                        ? SocketChannel.open(unix)
                        : SocketChannel.open();
                Selector selector = Selector.open()) {
            channel.configureBlocking(false);
            SelectionKey key = channel.register(selector, 0);
            if (!channel.isConnected() && !channel.connect(address)) {
                await(selector, key, SelectionKey.OP_CONNECT);
                channel.finishConnect();
            }
            while (words.hasRemaining()) {
                channel.write(words);
                if (words.hasRemaining()) {
                    await(selector, key, SelectionKey.OP_WRITE);
                }
            }
            await(selector, key, SelectionKey.OP_READ);
            if (channel.read(ByteBuffer.allocate(1)) < 0) {
                throw unreachable(
                        "the connection was closed at once; no daemon listens there, it takes no more clients, or"
                                + " somebody between forbids it");
            }
        } catch (IOException e) {
            throw DriverException.because(Failure.UNREACHABLE)
                    .effect(Effect.NOT_APPLIED)
                    .causedBy(e)
                    .message("%s cannot be reached: %s", peer, e);
        }
    }

    private void await(Selector selector, SelectionKey key, int event) throws IOException, InterruptedException {
        key.interestOps(event);
        while (true) {
            long left = limit.minusNanos(System.nanoTime() - start).toMillis();
            if (left <= 0) {
                throw unreachable("it gives no sign of life within " + limit.toMillis() + " ms");
            }
            if (selector.select(left) > 0) {
                selector.selectedKeys().clear();
                return;
            }
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while waiting for " + peer);
            }
        }
    }

    private DriverException unreachable(String why) {
        return DriverException.because(Failure.UNREACHABLE)
                .effect(Effect.NOT_APPLIED)
                .message("%s cannot be reached: %s", peer, why);
    }

    /** How may clients show who they are? Every daemon answers that to everybody. */
    private static ByteBuffer question() {
        ByteBuffer question = ByteBuffer.allocate(LENGTH);
        question.putInt(LENGTH).putInt(PROGRAM).putInt(VERSION).putInt(AUTH_LIST);
        return question.putInt(CALL).putInt(1).putInt(0).flip();
    }

    private static ByteBuffer greeting() {
        try {
            SSLEngine engine = SSLContext.getDefault().createSSLEngine();
            engine.setUseClientMode(true);
            ByteBuffer greeting = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            engine.wrap(ByteBuffer.allocate(0), greeting);
            return greeting.flip();
        } catch (NoSuchAlgorithmException | SSLException e) {
            throw new IllegalStateException("this Java has no TLS", e);
        }
    }
}
