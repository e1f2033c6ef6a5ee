package io.hvkit.kvm;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A socket in front of libvirt's, which passes everything on and counts the calls that go to the daemon. */
final class CallCounter implements AutoCloseable {

    private static final int REMOTE_PROGRAM = 0x2000_8086;
    private static final int LENGTH = 4;
    private static final int TYPE_AT = 16;
    private static final int CALL = 0;

    private final AtomicInteger calls = new AtomicInteger();
    private final Path daemon;
    private final ServerSocketChannel server;
    private final List<SocketChannel> open = new CopyOnWriteArrayList<>();

    CallCounter(Path socket, Path daemon) throws IOException {
        this.daemon = daemon;
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        begin(() -> {
            while (true) {
                serve(server.accept());
            }
        });
    }

    /** Returns how many calls passed since the last question. */
    int taken() {
        return calls.getAndSet(0);
    }

    private void serve(SocketChannel client) throws IOException {
        SocketChannel behind = SocketChannel.open(UnixDomainSocketAddress.of(daemon));
        open.add(client);
        open.add(behind);
        begin(() -> pass(client, behind, calls));
        begin(() -> pass(behind, client, new AtomicInteger()));
    }

    private static void pass(SocketChannel from, SocketChannel to, AtomicInteger counter) throws IOException {
        try (from;
                to) {
            while (true) {
                ByteBuffer length = read(from, ByteBuffer.allocate(LENGTH));
                ByteBuffer message =
                        read(from, ByteBuffer.allocate(length.getInt(0)).put(length));
                if (message.getInt(LENGTH) == REMOTE_PROGRAM && message.getInt(TYPE_AT) == CALL) {
                    counter.incrementAndGet();
                }
                while (message.hasRemaining()) {
                    to.write(message);
                }
            }
        }
    }

    private static ByteBuffer read(SocketChannel from, ByteBuffer whole) throws IOException {
        while (whole.hasRemaining()) {
            if (from.read(whole) < 0) {
                throw new EOFException();
            }
        }
        return whole.flip();
    }

    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    private static void begin(Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        return; // one side hung up
                    }
                },
                "call-counter");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (SocketChannel each : open) {
            each.close();
        }
    }
}
