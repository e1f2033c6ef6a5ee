package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpHandler;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Sha256;
import io.hvkit.hypervisor.spi.DirectDownload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a hypervisor must do whose hosts fetch images themselves; they must be able to reach this machine's loopback address. */
public abstract non-sealed class DirectDownloadContract extends HypervisorCases {

    private static final int SIZE = 1 << 20;
    private static final long MORE_THAN_ANYBODY_TAKES = 1L << 58;
    private static final int MORE_THAN_ANYBODY_FOLLOWS = 200;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

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

    /** Returns the names of all that is beside a place; the files of its folder on this machine unless a plug-in says otherwise. */
    protected Set<String> besides(Attachment target) {
        try (Stream<Path> files = Files.list(target.requirePath().resolveSibling(""))) {
            return files.map(Path::toString).collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns how many bytes an image may have, if they are few enough to send more; nothing unless a plug-in says so. */
    protected Optional<ByteSize> largest() {
        return Optional.empty();
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
        byte[] later = acceptable(SIZE);
        later[0]++;
        Attachment target = newTarget(unique());
        URI source = server(exchange -> ImageServer.send(exchange, requests.incrementAndGet() == 1 ? image : later));

        assertThat(download().fetch(source, Sha256.of(image), target)).isEqualTo(ByteSize.bytes(image.length));
        assertHolds(target, image);
        assertThat(download().fetch(source, Sha256.of(image), target)).isEqualTo(ByteSize.bytes(image.length));
        assertHolds(target, image);
    }

    @Test
    final void bytes_with_another_digest_are_corrupt_and_nothing_is_left() {
        byte[] image = acceptable(SIZE);
        Sha256 other = Sha256.of(new byte[1]);

        refusesAndLeavesNothing(Failure.CORRUPT_DATA, served(image), other);
    }

    @Test
    final void what_is_at_the_target_is_never_replaced() throws InterruptedException {
        byte[] first = acceptable(SIZE);
        byte[] second = acceptable(SIZE / 2);
        Attachment target = newTarget(unique());
        download().fetch(served(first), Sha256.of(first), target);
        URI other = served(second);

        refuses(Failure.EXISTS_DIFFERENTLY, () -> download().fetch(other, Sha256.of(second), target));
        assertHolds(target, first);
    }

    @Test
    final void an_image_that_names_another_file_is_refused_though_its_digest_is_right() {
        byte[] overlay = Qcow2Overlay.over("/etc/shadow", SIZE);

        refusesAndLeavesNothing(Failure.INVALID_REQUEST, served(overlay), Sha256.of(overlay));
    }

    @Test
    final void an_image_that_is_too_large_is_refused_as_soon_as_that_is_known() {
        byte[] some = acceptable(SIZE);
        URI announced = server(exchange -> {
            exchange.sendResponseHeaders(200, MORE_THAN_ANYBODY_TAKES);
            exchange.getResponseBody().write(some);
        });
        refusesAndLeavesNothing(Failure.INVALID_REQUEST, announced, Sha256.of(some));
        if (largest().isEmpty()) {
            return;
        }
        byte[] tooMuch = acceptable(Math.toIntExact(largest().get().bytes() + 1));
        URI unannounced = server(exchange -> {
            exchange.sendResponseHeaders(200, 0); // in chunks
            exchange.getResponseBody().write(tooMuch);
        });
        refusesAndLeavesNothing(Failure.INVALID_REQUEST, unannounced, Sha256.of(tooMuch));
    }

    @Test
    final void a_redirect_is_followed_but_not_for_ever_and_not_to_everywhere() throws InterruptedException {
        byte[] image = acceptable(SIZE);
        Sha256 digest = Sha256.of(image);
        Attachment target = newTarget(unique());
        URI there = served(image);
        assertThat(download().fetch(leading(there.toString()), digest, target)).isEqualTo(ByteSize.bytes(image.length));
        assertHolds(target, image);

        URI endless = server(exchange -> {
            if (requests.incrementAndGet() > MORE_THAN_ANYBODY_FOLLOWS) {
                ImageServer.send(exchange, image);
            } else {
                ImageServer.lead(exchange, "/image/" + requests);
            }
        });
        refusesAndLeavesNothing(Failure.INVALID_REQUEST, endless, digest);
        refusesAndLeavesNothing(Failure.INVALID_REQUEST, leading("file:///etc/hostname"), digest);
        refusesAndLeavesNothing(Failure.INVALID_REQUEST, leading("http://[nowhere/"), digest);
    }

    @Test
    final void what_the_server_does_not_give_is_refused_by_its_reason_and_nobody_there_is_unreachable()
            throws IOException {
        Sha256 digest = Sha256.of(new byte[0]);

        refusesAndLeavesNothing(Failure.NOT_FOUND, answering(404), digest);
        refusesAndLeavesNothing(Failure.NOT_FOUND, answering(410), digest);
        refusesAndLeavesNothing(Failure.BAD_CREDENTIALS, answering(401), digest);
        refusesAndLeavesNothing(Failure.BAD_CREDENTIALS, answering(403), digest);
        URI nobody = ImageServer.nobody();
        Attachment target = newTarget(unique());
        refuses(Failure.UNREACHABLE, () -> download().fetch(nobody, digest, target));
        assertThat(bytesAt(target)).isEmpty();
    }

    @Test
    final void a_server_that_stops_in_the_middle_is_unreachable_until_it_sends_all() throws InterruptedException {
        byte[] image = acceptable(SIZE);
        Attachment target = newTarget(unique());
        AtomicBoolean whole = new AtomicBoolean();
        URI source = server(exchange -> ImageServer.sendHalves(exchange, image, () -> {
            if (!whole.get()) {
                throw new IOException("the server stops");
            }
        }));

        refuses(Failure.UNREACHABLE, () -> download().fetch(source, Sha256.of(image), target));
        assertThat(bytesAt(target)).isEmpty();
        whole.set(true);
        assertThat(download().fetch(source, Sha256.of(image), target)).isEqualTo(ByteSize.bytes(image.length));
        assertHolds(target, image);
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
        Set<String> before = besides(target);
        CountDownLatch over = new CountDownLatch(1);
        undoLater(over::countDown);
        Thread caller = Thread.currentThread();
        URI source = server(exchange -> ImageServer.sendHalves(exchange, image, () -> {
            if (requests.incrementAndGet() == 1) {
                caller.interrupt();
                ImageServer.Pause.until(over).pass();
            }
        }));

        assertThatExceptionOfType(InterruptedException.class)
                .isThrownBy(() -> download().fetch(source, Sha256.of(image), target));
        assertThat(bytesAt(target)).isEmpty();
        assertThat(besides(target)).isEqualTo(before);
        over.countDown();
        assertThat(download().fetch(source, Sha256.of(image), target)).isEqualTo(ByteSize.bytes(image.length));
        assertHolds(target, image);
    }

    @Test
    final void while_an_image_is_fetched_an_equal_call_is_told_so() throws Exception {
        byte[] image = acceptable(SIZE);
        Attachment target = newTarget(unique());
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch told = new CountDownLatch(1);
        URI source = server(exchange -> ImageServer.sendHalves(exchange, image, () -> {
            if (requests.incrementAndGet() == 1) {
                begun.countDown();
                ImageServer.Pause.until(told).pass();
            }
        }));
        FutureTask<ByteSize> first = new FutureTask<>(() -> download().fetch(source, Sha256.of(image), target));
        Thread fetching = new Thread(first, "the first of two downloads");
        undoLater(() -> {
            told.countDown();
            fetching.join();
        });
        fetching.start();
        assertThat(begun.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();

        refuses(Failure.OPERATION_PENDING, () -> download().fetch(source, Sha256.of(image), target));
        told.countDown();
        assertThat(first.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(ByteSize.bytes(image.length));
        assertHolds(target, image);
    }

    private void refusesAndLeavesNothing(Failure failure, URI source, Sha256 digest) {
        Attachment target = newTarget(unique());
        Set<String> before = besides(target);
        refuses(failure, "fetching " + source, () -> download().fetch(source, digest, target));
        assertThat(bytesAt(target)).isEmpty();
        assertThat(besides(target)).isEqualTo(before);
    }

    private void assertHolds(Attachment target, byte[] image) {
        assertThat(bytesAt(target))
                .hasValueSatisfying(there -> assertThat(there).isEqualTo(image));
    }

    private DirectDownload download() {
        return hypervisor.directDownload().orElseThrow();
    }

    private URI served(byte[] image) {
        return server(exchange -> ImageServer.send(exchange, image));
    }

    private URI answering(int status) {
        return server(exchange -> exchange.sendResponseHeaders(status, -1));
    }

    private URI leading(String to) {
        return server(exchange -> ImageServer.lead(exchange, to));
    }

    /** A server that ends with the case. */
    private URI server(HttpHandler handler) {
        ImageServer server = new ImageServer(handler);
        undoLater(server::stop);
        return server.uri();
    }
}
