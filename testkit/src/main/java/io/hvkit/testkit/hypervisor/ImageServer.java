package io.hvkit.testkit.hypervisor;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/** Where hosts fetch images from: the JDK's own HTTP server, on this machine's loopback address. */
public final class ImageServer {

    private static final String PATH = "/image";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** Starts one that answers so. */
    ImageServer(HttpHandler handler) {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext(PATH, exchange -> {
            try (exchange) {
                handler.handle(exchange);
            }
        });
        server.start();
    }

    /** Starts one that answers each time with all of the image that this supplies. */
    public static ImageServer of(Supplier<byte[]> image) {
        return new ImageServer(exchange -> send(exchange, image.get()));
    }

    /** Returns where the image is. */
    public URI uri() {
        return URI.create("http://localhost:" + server.getAddress().getPort() + PATH);
    }

    /** Ends it; answers under way break off. */
    public void stop() {
        server.stop(0);
        threads.shutdownNow();
    }

    /** Returns an address on this machine where nobody answers. */
    static URI nobody() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return URI.create("http://localhost:" + socket.getLocalPort() + PATH);
        }
    }

    /** Answers with all of an image. */
    static void send(HttpExchange exchange, byte[] image) throws IOException {
        exchange.sendResponseHeaders(200, image.length);
        exchange.getResponseBody().write(image);
    }

    /** Answers with half of an image, does something, and goes on. */
    static void sendHalves(HttpExchange exchange, byte[] image, Pause pause) throws IOException {
        exchange.sendResponseHeaders(200, image.length);
        exchange.getResponseBody().write(image, 0, image.length / 2);
        exchange.getResponseBody().flush();
        pause.pass();
        exchange.getResponseBody().write(image, image.length / 2, image.length - image.length / 2);
    }

    /** Answers that the image is elsewhere. */
    static void lead(HttpExchange exchange, String to) throws IOException {
        exchange.getResponseHeaders().set("Location", to);
        exchange.sendResponseHeaders(302, -1);
    }

    /** What happens in the middle of an image. */
    @FunctionalInterface
    interface Pause {
        void pass() throws IOException;

        /** Returns once something else has happened. */
        static Pause until(CountDownLatch event) {
            return () -> {
                try {
                    event.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IOException("the server ends", e);
                }
            };
        }
    }
}
