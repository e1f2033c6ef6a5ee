package io.hvkit.qemu.download;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server that says, connection by connection, what a test lets it say, and then hangs up or does not. */
final class RawServer implements AutoCloseable {

    /** What is said after a request. */
    @FunctionalInterface
    interface Answer {
        void to(String request, OutputStream out) throws IOException;
    }

    private final ServerSocket socket;
    private final List<Answer> answers;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<Socket> open = new CopyOnWriteArrayList<>();

    /** The last answer is given again to whoever comes after it. */
    RawServer(Answer... answers) throws IOException {
        this.answers = List.of(answers);
        this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        new Thread(this::serve, "raw-server").start(); // it ends with the socket
    }

    /** Says a text, each line of which ends as HTTP's do, and then bytes. */
    static Answer saying(String head, byte[] bytes) {
        return (request, out) -> {
            out.write(head.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            out.write(bytes);
        };
    }

    /** Says the same, and then nothing at all. */
    static Answer hanging(Answer first) {
        return (request, out) -> {
            first.to(request, out);
            out.flush();
            throw new StaysOpen();
        };
    }

    private static final class StaysOpen extends IOException {
        private static final long serialVersionUID = 1L;
    }

    private void serve() {
        try {
            for (int i = 0; ; i++) {
                Socket client = socket.accept();
                try {
                    requests.add(head(client.getInputStream()));
                    answers.get(Math.min(i, answers.size() - 1))
                            .to(requests.get(requests.size() - 1), client.getOutputStream());
                    client.close();
                } catch (StaysOpen e) {
                    open.add(client);
                } catch (SocketException e) {
                    client.close(); // the client had enough
                }
            }
        } catch (SocketException e) {
            return; // closed
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        String text = "";
        while (!text.endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new SocketException("no request");
            }
            head.write(next);
            text = head.toString(StandardCharsets.ISO_8859_1);
        }
        return text;
    }

    URI uri() {
        return URI.create("http://localhost:" + socket.getLocalPort() + "/image");
    }

    List<String> requests() {
        return requests;
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (Socket each : open) {
            each.close();
        }
    }
}
