package io.hvkit.scaleio.internal.gateway;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

/** Sends one request and reads one answer, by a deadline that holds for the last byte too. Any thread may use it. */
final class Transport implements AutoCloseable {

    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final int LONGEST_REFUSAL = 64 * 1024;

    private final URI gateway;
    private final HttpClient client;
    private final ScheduledExecutorService watch;

    Transport(URI gateway, SSLContext trust) {
        this.gateway = gateway;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT)
                .sslContext(trust)
                .build();
        this.watch = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, "hvkit scaleio deadlines");
            thread.setDaemon(true);
            return thread;
        });
    }

    URI gateway() {
        return gateway;
    }

    /** Begins a request; its {@code name} is for people. */
    HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(gateway.resolve(path)).header("Accept", "application/json");
    }

    <T> T exchange(String name, HttpRequest.Builder request, Deadline deadline, Reading<T> reading)
            throws Refusal, LostAnswer, InterruptedException {
        HttpResponse<InputStream> response =
                send(name, request.timeout(deadline.left()).build());
        AtomicBoolean late = new AtomicBoolean();
        try (InputStream body = response.body()) {
            ScheduledFuture<?> bell = watch.schedule(
                    () -> {
                        late.set(true);
                        close(body);
                    },
                    deadline.left().toNanos(),
                    TimeUnit.NANOSECONDS);
            try {
                return read(name, response.statusCode(), body, reading);
            } finally {
                bell.cancel(false);
            }
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while the answer to " + name + " came");
            }
            throw late.get() ? tooLate(name) : broken(name, e);
        }
    }

    private HttpResponse<InputStream> send(String name, HttpRequest request) throws LostAnswer, InterruptedException {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (HttpConnectTimeoutException | ConnectException e) {
            throw new LostAnswer(
                    Failure.UNREACHABLE,
                    LostAnswer.Reach.UNSENT,
                    "no connection to the PowerFlex gateway " + gateway + " for " + name,
                    e);
        } catch (HttpTimeoutException e) {
            throw tooLate(name);
        } catch (SSLException e) {
            throw untrusted(e);
        } catch (IOException e) {
            throw broken(name, e);
        }
    }

    private LostAnswer untrusted(SSLException cause) {
        return new LostAnswer(
                Failure.UNREACHABLE,
                LostAnswer.Reach.UNTRUSTED,
                "who answers at " + gateway + " is not trusted (" + cause.getMessage()
                        + "); name its authority by the option ca, or its certificate's fingerprint by the option pin",
                cause);
    }

    private static LostAnswer tooLate(String name) {
        return new LostAnswer(
                Failure.TIMED_OUT, LostAnswer.Reach.SENT, "the answer to " + name + " did not come in time", null);
    }

    /** What Jackson says may quote the answer, and an answer may hold a token. */
    private static LostAnswer broken(String name, IOException cause) {
        boolean quotes = cause instanceof JacksonException;
        return new LostAnswer(
                Failure.UNREACHABLE,
                LostAnswer.Reach.SENT,
                "the answer to " + name + " was lost" + (quotes ? ": it is no whole JSON" : ""),
                quotes ? null : cause);
    }

    private static <T> T read(String name, int status, InputStream body, Reading<T> reading)
            throws IOException, Refusal {
        if (status / 100 != 2) {
            throw refusal(name, status, body.readNBytes(LONGEST_REFUSAL));
        }
        try (JsonParser parser = Json.MAPPER.createParser(body)) {
            T answer = reading.read(parser);
            body.transferTo(OutputStream.nullOutputStream()); // to the end: the connection can be used again
            return answer;
        }
    }

    private static Refusal refusal(String name, int status, byte[] body) {
        try {
            JsonNode node = Json.MAPPER.readTree(body);
            return node != null && node.isObject() ? Refusal.of(name, status, node) : Refusal.bare(name, status);
        } catch (IOException e) {
            return Refusal.bare(name, status); // a page for people
        }
    }

    private static void close(InputStream body) {
        try {
            body.close();
        } catch (IOException e) {
            throw new IllegalStateException("a body that nobody reads any more does not close", e);
        }
    }

    @Override
    public void close() {
        watch.shutdownNow();
    }
}
