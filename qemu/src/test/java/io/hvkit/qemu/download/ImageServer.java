package io.hvkit.qemu.download;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/** The JDK's own server, with what is asked of it written down. */
final class ImageServer implements AutoCloseable {

    /** What a request said. */
    record Request(String path, Map<String, String> headers) {
        Optional<String> find(String name) {
            return Optional.ofNullable(headers.get(name));
        }
    }

    private final HttpServer server;
    private final String scheme;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    private ImageServer(HttpServer server, String scheme) {
        this.server = server;
        this.scheme = scheme;
        server.setExecutor(threads);
        server.start();
    }

    static ImageServer http() throws IOException {
        return new ImageServer(
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0), "http");
    }

    static ImageServer https(SSLContext identity) throws IOException {
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(identity));
        return new ImageServer(server, "https");
    }

    /** Answers a path. */
    ImageServer at(String path, HttpHandler handler) {
        server.createContext(path, exchange -> {
            Map<String, String> headers = new ConcurrentHashMap<>();
            exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, String.join(", ", values)));
            requests.add(new Request(exchange.getRequestURI().getRawPath(), headers));
            try (exchange) {
                handler.handle(exchange);
            }
        });
        return this;
    }

    /** Answers a path with these bytes, whatever is asked for. */
    ImageServer with(String path, byte[] bytes) {
        return at(path, exchange -> answer(exchange, 200, bytes));
    }

    static void answer(HttpExchange exchange, int status, byte[] bytes) throws IOException {
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    URI uri(String path) {
        return URI.create(scheme + "://localhost:" + server.getAddress().getPort() + path);
    }

    List<Request> requests() {
        return requests;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
