package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Sha256;
import io.hvkit.hypervisor.spi.DirectDownload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a hypervisor must do whose hosts fetch images themselves; they must be able to reach this machine's loopback address. */
public abstract non-sealed class DirectDownloadContract extends HypervisorCases {

    private static final int SIZE = 1 << 20;

    private final AtomicInteger requests = new AtomicInteger();

    /** Made by JUnit. */
    protected DirectDownloadContract() {}

    /** Returns a place for an image of the host, where nothing is yet and which differs with each name. */
    protected abstract Attachment newTarget(String name);

    /** Returns what is at a place; nothing if it is empty. It is read as a file of this machine unless a plug-in says otherwise. */
    protected Optional<byte[]> bytesAt(Attachment target) {
        Path path = target.requirePath();
        try {
            return Files.exists(path) ? Optional.of(Files.readAllBytes(path)) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns an image of {@code size} bytes or so that the host takes; raw and random unless a plug-in says otherwise. */
    protected byte[] acceptable(int size) {
        byte[] image = new byte[size];
        new Random(size).nextBytes(image);
        image[510] = 0; // no partition table by accident
        return image;
    }

    @Test
    final void an_image_arrives_as_it_was_sent_and_an_equal_call_confirms_it() throws InterruptedException {
        byte[] image = acceptable(SIZE);
        Attachment target = newTarget(unique());
        URI source = served(image);

        assertThat(download().fetch(source, Sha256.of(image), target)).isEqualTo(ByteSize.bytes(image.length));
        assertThat(bytesAt(target))
                .hasValueSatisfying(there -> assertThat(there).isEqualTo(image));
        assertThat(download().fetch(source, Sha256.of(image), target)).isEqualTo(ByteSize.bytes(image.length));
        assertThat(bytesAt(target))
                .hasValueSatisfying(there -> assertThat(there).isEqualTo(image));
    }

    @Test
    final void bytes_with_another_digest_are_corrupt_and_nothing_is_left() {
        byte[] image = acceptable(SIZE);
        Attachment target = newTarget(unique());
        URI source = served(image);

        refuses(Failure.CORRUPT_DATA, () -> download().fetch(source, Sha256.of(new byte[1]), target));
        assertThat(bytesAt(target)).isEmpty();
    }

    @Test
    final void what_is_at_the_target_is_never_replaced() throws InterruptedException {
        byte[] first = acceptable(SIZE);
        byte[] second = acceptable(SIZE / 2);
        Attachment target = newTarget(unique());
        download().fetch(served(first), Sha256.of(first), target);
        URI other = served(second);

        refuses(Failure.EXISTS_DIFFERENTLY, () -> download().fetch(other, Sha256.of(second), target));
        assertThat(bytesAt(target))
                .hasValueSatisfying(there -> assertThat(there).isEqualTo(first));
    }

    @Test
    final void an_image_that_names_another_file_is_refused_though_its_digest_is_right() {
        byte[] overlay = overlay();
        Attachment target = newTarget(unique());
        URI source = served(overlay);

        refuses(Failure.INVALID_REQUEST, () -> download().fetch(source, Sha256.of(overlay), target));
        assertThat(bytesAt(target)).isEmpty();
    }

    @Test
    final void what_the_server_does_not_have_is_not_found_and_nobody_there_is_unreachable() throws IOException {
        Attachment target = newTarget(unique());
        URI absent = server(exchange -> exchange.sendResponseHeaders(404, -1));
        Sha256 digest = Sha256.of(new byte[0]);

        refuses(Failure.NOT_FOUND, () -> download().fetch(absent, digest, target));
        URI nobody = URI.create("http://localhost:" + unusedPort() + "/image");
        refuses(Failure.UNREACHABLE, () -> download().fetch(nobody, digest, target));
        assertThat(bytesAt(target)).isEmpty();
    }

    @Test
    final void a_scheme_that_nobody_fetches_by_is_not_supported_and_a_password_is_not_shown() {
        Attachment target = newTarget(unique());
        Sha256 digest = Sha256.of(new byte[0]);

        refuses(
                Failure.UNSUPPORTED,
                () -> download().fetch(URI.create("no-such-scheme://localhost/image"), digest, target));
        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> download().fetch(URI.create("http://user:swordfish@localhost:1/image"), digest, target));
        assertThat(e).isNotNull().message().doesNotContain("swordfish");
        assertThat(bytesAt(target)).isEmpty();
    }

    @Test
    final void an_interrupted_call_ends_and_leaves_nothing_and_its_repetition_brings_the_image()
            throws InterruptedException {
        byte[] image = acceptable(SIZE);
        Attachment target = newTarget(unique());
        CountDownLatch over = new CountDownLatch(1);
        undoLater(over::countDown);
        Thread caller = Thread.currentThread();
        URI source = server(exchange -> {
            exchange.sendResponseHeaders(200, image.length);
            exchange.getResponseBody().write(image, 0, image.length / 2);
            exchange.getResponseBody().flush();
            if (requests.incrementAndGet() == 1) {
                caller.interrupt();
                awaitUninterrupted(over);
            }
            exchange.getResponseBody().write(image, image.length / 2, image.length - image.length / 2);
        });

        assertThatExceptionOfType(InterruptedException.class)
                .isThrownBy(() -> download().fetch(source, Sha256.of(image), target));
        assertThat(bytesAt(target)).isEmpty();
        over.countDown();
        assertThat(download().fetch(source, Sha256.of(image), target)).isEqualTo(ByteSize.bytes(image.length));
    }

    private static void awaitUninterrupted(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the server ends", e);
        }
    }

    private DirectDownload download() {
        return hypervisor.directDownload().orElseThrow();
    }

    private URI served(byte[] image) {
        return server(exchange -> {
            exchange.sendResponseHeaders(200, image.length);
            exchange.getResponseBody().write(image);
        });
    }

    /** A server for one path, which ends with the case. */
    private URI server(HttpHandler handler) {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            ExecutorService threads = Executors.newCachedThreadPool();
            server.setExecutor(threads);
            server.createContext("/image", exchange -> {
                try (exchange) {
                    handler.handle(exchange);
                }
            });
            server.start();
            undoLater(() -> {
                server.stop(0);
                threads.shutdownNow();
            });
            return URI.create("http://localhost:" + server.getAddress().getPort() + "/image");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int unusedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** A qcow2 of version 3 whose disk goes on in a file that no guest may read. */
    private static byte[] overlay() {
        byte[] name = "/etc/shadow".getBytes(StandardCharsets.US_ASCII);
        int cluster = 1 << 16;
        return ByteBuffer.allocate(4 * cluster)
                .putInt(0x514649fb)
                .putInt(3)
                .putLong(512)
                .putInt(name.length)
                .putInt(16)
                .putLong(SIZE)
                .putInt(0)
                .putInt(1)
                .putLong(3L * cluster)
                .putLong(cluster)
                .putInt(1)
                .position(96)
                .putInt(4)
                .putInt(104)
                .position(512)
                .put(name)
                .array();
    }
}
