package io.hvkit.qemu.download;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * One {@code GET} over a connection of its own. It is HTTP/1.1 by hand, since the JDK's client keeps a thread of its own until it
 * is collected as garbage, and takes no limit for a body that stands still. Nothing of the JVM's is used but the trust that is
 * given: no proxy, no cookies, no authenticator. An interruption ends any wait, by closing the connection.
 */
final class HttpExchange implements AutoCloseable {

    static final int OK = 200;

    private static final int BUFFER = 65_536;

    private final SocketChannel channel;
    private final HttpHead head;
    private final HttpBody body;

    private HttpExchange(SocketChannel channel, HttpHead head, HttpBody body) {
        this.channel = channel;
        this.head = head;
        this.body = body;
    }

    /**
     * Asks, and returns what is answered.
     *
     * @throws IOException if there is no answer, or none that is HTTP
     */
    static HttpExchange get(SourceAddress address, Map<String, String> headers, SSLContext trust, Patience patience)
            throws IOException {
        SocketChannel channel = connect(address, patience);
        try {
            Socket socket = address.isSecure() ? secured(channel, address, trust, patience) : channel.socket();
            socket.getOutputStream().write(request(address, headers));
            InputStream in = new BufferedInputStream(new PatientInput(socket, patience), BUFFER);
            HttpHead head = HttpHead.read(in);
            return new HttpExchange(channel, head, HttpBody.of(head, in));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static SocketChannel connect(SourceAddress address, Patience patience) throws IOException {
        Optional<IOException> first = Optional.empty();
        for (InetAddress each : InetAddress.getAllByName(address.host())) {
            try {
                return connect(new InetSocketAddress(each, address.port()), patience);
            } catch (IOException e) {
                if (Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                first = first.or(() -> Optional.of(e));
            }
        }
        throw first.orElseThrow(() -> new IOException("the name of the host leads nowhere"));
    }

    private static SocketChannel connect(InetSocketAddress place, Patience patience) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            channel.socket().connect(place, patience.nextWait());
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static Socket secured(SocketChannel channel, SourceAddress address, SSLContext trust, Patience patience)
            throws IOException {
        SSLSocket socket = (SSLSocket)
                trust.getSocketFactory().createSocket(channel.socket(), address.host(), address.port(), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS"); // or any trusted certificate would do for any host
        socket.setSSLParameters(parameters);
        socket.setSoTimeout(patience.nextWait());
        socket.startHandshake();
        return socket;
    }

    private static byte[] request(SourceAddress address, Map<String, String> headers) {
        StringJoiner lines = new StringJoiner("\r\n", "", "\r\n\r\n")
                .add("GET " + address.target() + " HTTP/1.1")
                .add("Host: " + address.authority())
                .add("User-Agent: hvkit")
                .add("Accept: */*")
                .add("Accept-Encoding: identity") // a range of what is packed on the way is a range of something else
                .add("Connection: close");
        headers.forEach((name, value) -> lines.add(name + ": " + value));
        return lines.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    HttpHead head() {
        return head;
    }

    /** Fills some of {@code buffer} with what follows the head and returns how much; -1 at the end. */
    int read(byte[] buffer) throws IOException {
        return body.read(buffer);
    }

    /** Drops the connection, at once: all that was wanted has come, or is not wanted any more. */
    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** Each read waits as long as there is patience. */
    private static final class PatientInput extends InputStream {

        private final Socket socket;
        private final InputStream in;
        private final Patience patience;

        PatientInput(Socket socket, Patience patience) throws IOException {
            this.socket = socket;
            this.in = socket.getInputStream();
            this.patience = patience;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            socket.setSoTimeout(patience.nextWait());
            try {
                return in.read(bytes, offset, length);
            } catch (SocketTimeoutException e) {
                patience.left(); // says so if it is this that has passed
                throw new IOException("the server has sent nothing for " + patience.stall(), e);
            }
        }
    }
}
