package io.hvkit.qemu.qmp;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A monitor that says what a test wants it to say, to one client. */
final class ScriptedPeer implements AutoCloseable {

    static final String GREETING = "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 3, \"minor\": 2, \"major\": 7},"
            + " \"package\": \"test\"}, \"capabilities\": [\"oob\"]}}";

    /** What it does with its client; when it returns, it hangs up. */
    interface Script {
        void play(Talk talk) throws Exception;
    }

    private final Path socket;
    private final ServerSocketChannel server;
    private final CompletableFuture<Void> played = new CompletableFuture<>();
    private final Thread thread;

    private ScriptedPeer(Path socket, Script script) throws IOException {
        this.socket = socket;
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket), 1);
        thread = new Thread(() -> serve(script), "scripted-peer");
        thread.start();
    }

    static ScriptedPeer playing(Path directory, Script script) throws IOException {
        return new ScriptedPeer(directory.resolve("monitor"), script);
    }

    Path socket() {
        return socket;
    }

    /** Waits until the script has come to its end, and fails as it failed. */
    void await() throws Exception {
        played.get(30, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws IOException {
        server.close();
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(Script script) {
        try (SocketChannel channel = server.accept()) {
            script.play(new Talk(channel));
            played.complete(null);
        } catch (Exception e) {
            played.completeExceptionally(e);
        }
    }

    /** One connection. */
    static final class Talk {

        private final SocketChannel channel;
        private final QmpLines lines = new QmpLines();

        private Talk(SocketChannel channel) {
            this.channel = channel;
        }

        /** Greets and grants the first command, as each monitor does. */
        void hello() throws Exception {
            say(GREETING);
            answer(hear(), "{}");
        }

        /** Returns the client's next command. */
        QmpValue hear() throws Exception {
            while (true) {
                var line = lines.next();
                if (line.isPresent()) {
                    return QmpJson.parse(line.get());
                }
                ByteBuffer piece = ByteBuffer.allocate(1 << 16);
                if (channel.read(piece) < 0) {
                    throw new EOFException("the client left");
                }
                lines.add(piece.flip());
            }
        }

        /** Waits until the client has left. */
        void hearTheEnd() throws IOException {
            ByteBuffer piece = ByteBuffer.allocate(1 << 16);
            while (channel.read(piece) >= 0) {
                piece.clear();
            }
        }

        void answer(QmpValue command, String json) throws IOException {
            say("{\"return\": " + json + ", \"id\": " + command.at("id").toJson() + "}");
        }

        void refuse(QmpValue command, String kind, String words) throws IOException {
            say(QmpValue.object()
                    .with("id", command.at("id").text())
                    .with("error", QmpValue.object().with("class", kind).with("desc", words))
                    .toJson());
        }

        void event(String name, long number) throws IOException {
            say("{\"timestamp\": {\"seconds\": 1700000000, \"microseconds\": 250000}, \"event\": \"" + name
                    + "\", \"data\": {\"number\": " + number + "}}");
        }

        void say(String line) throws IOException {
            send((line + "\r\n").getBytes(StandardCharsets.UTF_8));
        }

        void send(byte[] bytes) throws IOException {
            ByteBuffer all = ByteBuffer.wrap(bytes);
            while (all.hasRemaining()) {
                channel.write(all);
            }
        }
    }
}
