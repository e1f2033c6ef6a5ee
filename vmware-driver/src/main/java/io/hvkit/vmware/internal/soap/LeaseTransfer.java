package io.hvkit.vmware.internal.soap;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Moves files to and from the host that a lease names, which is believed by its thumbprint alone. */
public final class LeaseTransfer {

    private static final Duration LOOK = Duration.ofMillis(500);

    private final Transport transport;
    private final Duration patience;

    LeaseTransfer(Transport transport, Duration patience) {
        this.transport = transport;
        this.patience = patience;
    }

    /** What is done now and then while bytes move, so that the lease does not end. */
    @FunctionalInterface
    public interface Beat {
        /** Does it. */
        void make() throws InterruptedException;
    }

    /**
     * What a transfer tells.
     *
     * @param moved how many bytes more have moved; what it throws ends the transfer
     */
    public record Watch(LongConsumer moved, Beat beat) {}

    /** What has moved of one file, and what ended that from our side. */
    private static final class Moved {

        private final LongConsumer told;
        private final AtomicLong bytes = new AtomicLong();
        private final AtomicReference<@Nullable RuntimeException> thrown = new AtomicReference<>();

        Moved(LongConsumer told) {
            this.told = told;
        }

        void add(long more) {
            bytes.addAndGet(more);
            try {
                told.accept(more);
            } catch (RuntimeException e) {
                throw ended(e);
            }
        }

        RuntimeException ended(RuntimeException reason) {
            thrown.compareAndSet(null, reason);
            return reason;
        }
    }

    /** Sends a file; {@code device} is what the lease says of the disk, and {@code method} is POST, or PUT for what is made by it. */
    public void upload(Path file, Node device, String method, Watch watch) throws InterruptedException {
        URI address = address(device.text("url"));
        Moved moved = new Moved(watch.moved);
        HttpRequest request = HttpRequest.newBuilder(address)
                .header("Content-Type", "application/x-vnd.vmware-streamVmdk")
                .method(
                        method,
                        BodyPublishers.fromPublisher(
                                BodyPublishers.ofInputStream(() -> counted(file, moved)), size(file)))
                .build();
        int status = send(
                client(device.text("sslThumbprint")),
                request,
                HttpResponse.BodyHandlers.discarding(),
                moved,
                watch.beat);
        requireDone(address, status, String.valueOf(file.getFileName()));
    }

    /**
     * What came.
     *
     * @param sha256 in hexadecimal, as {@code sha1}
     */
    public record Received(long bytes, String sha256, String sha1) {}

    /** Fetches what a lease has of a device into a new file. One that is cut short fails, as far as the host says how long it is. */
    public Received download(Node device, Path into, Watch watch) throws InterruptedException {
        URI address = address(device.text("url"));
        Moved moved = new Moved(watch.moved);
        MessageDigest sha256 = digest("SHA-256");
        MessageDigest sha1 = digest("SHA-1");
        try (FileChannel out = FileChannel.open(into, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            Consumer<byte[]> writing = bytes -> {
                sha256.update(bytes);
                sha1.update(bytes);
                write(bytes, out, moved);
            };
            HttpResponse.BodyHandler<Void> body = answer -> answer.statusCode() / 100 == 2
                    ? HttpResponse.BodySubscribers.ofByteArrayConsumer(piece -> piece.ifPresent(writing))
                    : HttpResponse.BodySubscribers.replacing(null);
            HttpRequest request = HttpRequest.newBuilder(address).GET().build();
            int status = send(client(device.text("sslThumbprint")), request, body, moved, watch.beat);
            requireDone(address, status, device.text("key"));
            out.force(true);
        } catch (IOException e) {
            throw unwritable(e);
        }
        return new Received(moved.bytes.get(), hex(sha256), hex(sha1));
    }

    private static void write(byte[] bytes, FileChannel out, Moved moved) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                out.write(buffer);
            }
        } catch (IOException e) {
            throw moved.ended(unwritable(e));
        }
        moved.add(bytes.length);
    }

    private static DriverException unwritable(IOException e) {
        return DriverException.because(Failure.HOST_NOT_READY)
                .effect(Effect.NOT_APPLIED)
                .causedBy(e)
                .message("what was downloaded cannot be written: %s", e.toString());
    }

    private static MessageDigest digest(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has " + name, e);
        }
    }

    private static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void requireDone(URI address, int status, String what) {
        if (status / 100 != 2) {
            throw DriverException.because(status == 507 ? Failure.EXHAUSTED : Failure.HOST_NOT_READY)
                    .message("host %s answered %s for %s", address.getAuthority(), status, what);
        }
    }

    /** A vCenter that does not know by which name we reach it writes an asterisk. */
    private URI address(String url) {
        String authority = transport.vcenter().getRawAuthority();
        URI address = URI.create(url.replaceFirst("^https://\\*(:[0-9]+)?/", "https://" + authority + "/"));
        if (!"https".equals(address.getScheme()) || address.getHost() == null) {
            throw lost("the lease names " + url + ", and disks go over https alone", Failure.UNREACHABLE, null);
        }
        return address;
    }

    private HttpClient client(String thumbprint) {
        if (thumbprint.isEmpty()) {
            return transport.http().orElseThrow(() -> lost("the connection was closed", Failure.UNREACHABLE, null));
        }
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(patience)
                .sslContext(LeafThumbprint.trusting(thumbprint))
                .build();
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream counted(Path file, Moved moved) {
        try {
            return new FilterInputStream(Files.newInputStream(file)) {
                @Override
                public int read(byte[] into, int offset, int most) throws IOException {
                    int read = super.read(into, offset, most);
                    moved.add(Math.max(0, read));
                    return read;
                }
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private <T> int send(HttpClient http, HttpRequest request, HttpResponse.BodyHandler<T> body, Moved moved, Beat beat)
            throws InterruptedException {
        CompletableFuture<HttpResponse<T>> answer = http.sendAsync(request, body);
        long last = -1;
        Deadline silence = Deadline.in(patience);
        try {
            while (true) {
                try {
                    return answer.get(LOOK.toMillis(), TimeUnit.MILLISECONDS).statusCode();
                } catch (TimeoutException e) {
                    beat.make();
                    if (moved.bytes.get() != last) {
                        last = moved.bytes.get();
                        silence = Deadline.in(patience);
                    } else if (silence.isOver()) {
                        throw lost("nothing moved for " + patience, Failure.TIMED_OUT, e);
                    }
                }
            }
        } catch (ExecutionException e) {
            RuntimeException own = moved.thrown.get();
            throw own != null ? own : lost(String.valueOf(e.getCause()), Failure.UNREACHABLE, e);
        } finally {
            answer.cancel(true);
        }
    }

    private static DriverException lost(String why, Failure failure, @Nullable Exception cause) {
        DriverException.Draft draft = DriverException.because(failure);
        return (cause == null ? draft : draft.causedBy(cause)).message("a disk was not moved whole: " + why);
    }
}
