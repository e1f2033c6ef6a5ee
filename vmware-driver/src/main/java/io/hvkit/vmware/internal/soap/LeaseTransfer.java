package io.hvkit.vmware.internal.soap;

import io.hvkit.core.DriverException;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Brings a file to the host that a lease names, which is believed by its thumbprint alone. */
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

    /** Sends a file; {@code device} is what the lease says of the disk, and {@code method} is POST, or PUT for what is made by it. */
    public void upload(Path file, Node device, String method, Watch watch) throws InterruptedException {
        URI address = address(device.text("url"));
        AtomicReference<@Nullable RuntimeException> thrown = new AtomicReference<>();
        AtomicLong moved = new AtomicLong();
        LongConsumer both = more -> {
            moved.addAndGet(more);
            watch.moved.accept(more);
        };
        HttpRequest request = HttpRequest.newBuilder(address)
                .header("Content-Type", "application/x-vnd.vmware-streamVmdk")
                .method(
                        method,
                        BodyPublishers.fromPublisher(
                                BodyPublishers.ofInputStream(() -> counted(file, both, thrown)), size(file)))
                .build();
        int status = send(client(device.text("sslThumbprint")), request, thrown, moved, watch.beat);
        if (status / 100 != 2) {
            throw DriverException.because(status == 507 ? Failure.EXHAUSTED : Failure.HOST_NOT_READY)
                    .message("host %s answered %s for %s", address.getAuthority(), status, file.getFileName());
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

    private static InputStream counted(
            Path file, LongConsumer moved, AtomicReference<@Nullable RuntimeException> thrown) {
        try {
            return new FilterInputStream(Files.newInputStream(file)) {
                @Override
                public int read(byte[] into, int offset, int most) throws IOException {
                    int read = super.read(into, offset, most);
                    try {
                        moved.accept(Math.max(0, read));
                    } catch (RuntimeException e) {
                        thrown.compareAndSet(null, e);
                        throw e;
                    }
                    return read;
                }
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int send(
            HttpClient http,
            HttpRequest request,
            AtomicReference<@Nullable RuntimeException> thrown,
            AtomicLong moved,
            Beat beat)
            throws InterruptedException {
        CompletableFuture<HttpResponse<Void>> answer = http.sendAsync(request, HttpResponse.BodyHandlers.discarding());
        long last = -1;
        Deadline silence = Deadline.in(patience);
        try {
            while (true) {
                try {
                    return answer.get(LOOK.toMillis(), TimeUnit.MILLISECONDS).statusCode();
                } catch (TimeoutException e) {
                    beat.make();
                    if (moved.get() != last) {
                        last = moved.get();
                        silence = Deadline.in(patience);
                    } else if (silence.isOver()) {
                        throw lost("nothing moved for " + patience, Failure.TIMED_OUT, e);
                    }
                }
            }
        } catch (ExecutionException e) {
            RuntimeException own = thrown.get();
            throw own != null ? own : lost(String.valueOf(e.getCause()), Failure.UNREACHABLE, e);
        } finally {
            answer.cancel(true);
        }
    }

    private static DriverException lost(String why, Failure failure, @Nullable Exception cause) {
        DriverException.Draft draft = DriverException.because(failure);
        return (cause == null ? draft : draft.causedBy(cause)).message("a disk was not brought whole: " + why);
    }
}
