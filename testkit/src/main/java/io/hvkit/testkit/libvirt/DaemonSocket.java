package io.hvkit.testkit.libvirt;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

/** Asks a libvirt daemon for a sign of life in its own protocol, so that no client library is needed. */
final class DaemonSocket {

    private static final int PROGRAM = 0x2000_8086;
    private static final int VERSION = 1;
    private static final int AUTH_LIST = 66;
    private static final int CALL = 0;
    private static final int REPLY = 1;
    private static final int HEADER = 28;

    private DaemonSocket() {}

    /** Returns whether a daemon answers a call on {@code socket} within {@code limit}. */
    static boolean answers(Path socket, Duration limit) {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                Selector selector = Selector.open()) {
            ByteBuffer call = ByteBuffer.allocate(HEADER);
            call.putInt(HEADER).putInt(PROGRAM).putInt(VERSION).putInt(AUTH_LIST);
            call.putInt(CALL).putInt(1).putInt(0).flip();
            channel.write(call);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
            ByteBuffer reply = ByteBuffer.allocate(HEADER);
            long start = System.nanoTime();
            while (reply.hasRemaining()) {
                long left = limit.minusNanos(System.nanoTime() - start).toMillis();
                if (left <= 0 || selector.select(left) == 0 || channel.read(reply) < 0) {
                    return false;
                }
                selector.selectedKeys().clear();
            }
            return reply.getInt(4) == PROGRAM && reply.getInt(16) == REPLY && reply.getInt(24) == 0;
        } catch (IOException e) {
            return false; // not there yet, or just gone: that is the answer
        }
    }
}
