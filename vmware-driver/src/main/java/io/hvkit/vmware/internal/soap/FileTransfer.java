package io.hvkit.vmware.internal.soap;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Files of datastores, over HTTP with the session of the calls. How long one takes is not limited, but how long nothing moves. Interrupting
 * the thread ends it.
 */
public final class FileTransfer {

    private static final Duration LOOK = Duration.ofMillis(500);
    private static final int LOGINS = 3;

    private final Transport transport;
    private final Session session;
    private final Duration patience;

    FileTransfer(Transport transport, Session session, Duration patience) {
        this.transport = transport;
        this.session = session;
        this.patience = patience;
    }

    /**
     * Where a file is.
     *
     * @param datacenter its path in the inventory
     * @param path below the datastore
     */
    public record Place(String datacenter, String datastore, String path) {}

    /** What has moved so far, and what its listener threw. */
    private static final class Moved {

        private final String phase;
        private final ByteSize total;
        private final ProgressListener listener;
        private final AtomicReference<@Nullable RuntimeException> thrown = new AtomicReference<>();
        private final AtomicLong bytes = new AtomicLong();

        Moved(String phase, long total, ProgressListener listener) {
            this.phase = phase;
            this.total = ByteSize.bytes(total);
            this.listener = listener;
        }

        void add(int more) {
            long now = bytes.addAndGet(more);
            try {
                listener.progressed(new Progress(phase, ByteSize.bytes(now), total));
            } catch (RuntimeException e) {
                thrown.compareAndSet(null, e);
                throw e;
            }
        }
    }

    /** Writes a file, over one that is there, with zeroes behind its end up to a length. */
    public void upload(Path from, long length, Place to, ProgressListener listener) throws InterruptedException {
        int status = 0;
        Token refused = null;
        for (int login = 0; login < LOGINS; login++) {
            Token token = session.other(refused, Deadline.in(patience));
            Moved moved = new Moved("uploading", length, listener);
            HttpRequest request = HttpRequest.newBuilder(address(to))
                    .header("Cookie", token.cookie())
                    .header("Content-Type", "application/octet-stream")
                    .PUT(BodyPublishers.fromPublisher(
                            BodyPublishers.ofInputStream(() -> counted(from, length, moved)), length))
                    .build();
            status = send(to, request, HttpResponse.BodyHandlers.discarding(), moved);
            if (status != 401) {
                break;
            }
            refused = token;
        }
        requireDone(to, status);
    }

    /** Writes what is in a file to a channel, and returns how many bytes that were. */
    public long download(Place from, WritableByteChannel to, long length, ProgressListener listener)
            throws InterruptedException {
        int status = 0;
        Token refused = null;
        Moved moved = new Moved("downloading", length, listener);
        for (int login = 0; login < LOGINS; login++) {
            Token token = session.other(refused, Deadline.in(patience));
            HttpRequest request = HttpRequest.newBuilder(address(from))
                    .header("Cookie", token.cookie())
                    .GET()
                    .build();
            BodyHandler<Void> body = answer -> answer.statusCode() == 200
                    ? BodySubscribers.ofByteArrayConsumer(piece -> piece.ifPresent(bytes -> write(bytes, to, moved)))
                    : BodySubscribers.replacing(null);
            status = send(from, request, body, moved);
            if (status != 401) {
                break;
            }
            refused = token;
        }
        requireDone(from, status);
        return moved.bytes.get();
    }

    private URI address(Place place) {
        String path = Arrays.stream(place.path().split("/", -1))
                .map(FileTransfer::encoded)
                .collect(Collectors.joining("/"));
        return transport
                .vcenter()
                .resolve("/folder/" + path + "?dcPath=" + encoded(place.datacenter()) + "&dsName="
                        + encoded(place.datastore()));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static InputStream counted(Path from, long length, Moved moved) {
        try {
            int rest = Math.toIntExact(length - Files.size(from));
            InputStream file = Files.newInputStream(from);
            return new FilterInputStream(new SequenceInputStream(file, new ByteArrayInputStream(new byte[rest]))) {
                @Override
                public int read(byte[] into, int offset, int most) throws IOException {
                    int read = super.read(into, offset, most);
                    if (read > 0) {
                        moved.add(read);
                    }
                    return read;
                }
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(byte[] bytes, WritableByteChannel to, Moved moved) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                to.write(buffer);
            }
        } catch (IOException e) {
            DriverException failure = DriverException.because(Failure.HOST_NOT_READY)
                    .effect(Effect.NOT_APPLIED)
                    .causedBy(e)
                    .message("what was downloaded cannot be written: " + e.getMessage());
            moved.thrown.compareAndSet(null, failure);
            throw failure;
        }
        moved.add(bytes.length);
    }

    private <T> int send(Place place, HttpRequest request, BodyHandler<T> body, Moved moved)
            throws InterruptedException {
        HttpClient http = transport.http().orElseThrow(() -> lost(place, Failure.UNREACHABLE, "it was closed", null));
        CompletableFuture<HttpResponse<T>> answer = http.sendAsync(request, body);
        long last = -1;
        Deadline silence = Deadline.in(patience);
        while (true) {
            try {
                return answer.get(LOOK.toMillis(), TimeUnit.MILLISECONDS).statusCode();
            } catch (TimeoutException e) {
                long now = moved.bytes.get();
                if (now != last) {
                    last = now;
                    silence = Deadline.in(patience);
                } else if (silence.isOver()) {
                    answer.cancel(true);
                    throw lost(place, Failure.TIMED_OUT, "nothing moved for " + patience, null);
                }
            } catch (InterruptedException e) {
                answer.cancel(true);
                throw e;
            } catch (ExecutionException e) {
                RuntimeException own = moved.thrown.get();
                if (own != null) {
                    throw own;
                }
                throw lost(place, Failure.UNREACHABLE, String.valueOf(e.getCause()), e);
            }
        }
    }

    private DriverException lost(Place place, Failure failure, String why, @Nullable Exception cause) {
        DriverException.Draft draft = DriverException.because(failure);
        return Optional.ofNullable(cause)
                .map(draft::causedBy)
                .orElse(draft)
                .message(place + " was not moved whole from or to " + transport.vcenter() + ": " + why);
    }

    private void requireDone(Place place, int status) {
        if (status / 100 == 2) {
            return;
        }
        Failure failure = switch (status) {
            case 401, 403 -> Failure.BAD_CREDENTIALS;
            case 404 -> Failure.NOT_FOUND;
            case 507 -> Failure.EXHAUSTED;
            case 502, 503, 504 -> Failure.UNREACHABLE;
            default -> Failure.HOST_NOT_READY;
        };
        throw DriverException.because(failure)
                .message("the vCenter %s answered %s for file %s", transport.vcenter(), status, place);
    }
}
