package io.hvkit.vmware.internal.soap;

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
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Sends one request and reads one answer, by a deadline that holds for the last byte too. Any thread may use it. */
final class Transport implements AutoCloseable {

    private static final Duration CONNECT = Duration.ofSeconds(10);

    /** After which a thread that has nothing to do ends. Ended by force, one would leave a call that is under way without its end. */
    private static final Duration IDLE = Duration.ofSeconds(1);

    private final URI vcenter;
    private final AtomicReference<@Nullable HttpClient> client;
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            IDLE.toMillis(),
            TimeUnit.MILLISECONDS,
            new SynchronousQueue<>(),
            work -> Threads.daemon(work, "hvkit vmware http"));
    private final ScheduledExecutorService bells =
            Executors.newSingleThreadScheduledExecutor(work -> Threads.daemon(work, "hvkit vmware deadlines"));
    private final AnswerReader reader = new AnswerReader(AnswerReader.USUAL);
    private volatile String action = "urn:vim25";

    Transport(URI vcenter, SSLContext trust) {
        this.vcenter = vcenter;
        this.client = new AtomicReference<>(HttpClient.newBuilder()
                .executor(threads)
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT)
                .sslContext(trust)
                .build());
    }

    URI vcenter() {
        return vcenter;
    }

    /** Returns what requests are sent by; nothing once this is closed. */
    Optional<HttpClient> http() {
        return Optional.ofNullable(client.get());
    }

    /** Speaks that version of the API from now on. */
    void speak(String version) {
        action = "urn:vim25/" + version;
    }

    /**
     * What came back.
     *
     * @param response the element that holds the answer
     * @param cookie the session that began, if one did
     */
    record Answer(Node response, Optional<String> cookie) {}

    Answer exchange(String name, byte[] envelope, @Nullable Token token, Deadline deadline)
            throws VimFault, LostAnswer, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(vcenter)
                .timeout(deadline.left())
                .header("Content-Type", "text/xml; charset=utf-8")
                .header("SOAPAction", action)
                .POST(HttpRequest.BodyPublishers.ofByteArray(envelope));
        if (token != null) {
            request.header("Cookie", token.cookie());
        }
        HttpResponse<InputStream> response = send(name, request.build());
        AtomicBoolean late = new AtomicBoolean();
        try (InputStream body = response.body()) {
            ScheduledFuture<?> bell = bells.schedule(
                    () -> {
                        late.set(true);
                        close(body);
                    },
                    deadline.left().toNanos(),
                    TimeUnit.NANOSECONDS);
            try {
                return new Answer(read(name, response.statusCode(), body), cookie(response));
            } finally {
                bell.cancel(false);
            }
        } catch (RejectedExecutionException e) {
            throw closed(name, LostAnswer.Reach.SENT);
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while the answer to " + name + " came");
            }
            throw late.get() ? tooLate(name) : broken(name, e);
        }
    }

    private HttpResponse<InputStream> send(String name, HttpRequest request) throws LostAnswer, InterruptedException {
        HttpClient http = client.get();
        if (http == null) {
            throw closed(name, LostAnswer.Reach.UNSENT);
        }
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (HttpConnectTimeoutException | ConnectException e) {
            throw new LostAnswer(
                    Failure.UNREACHABLE,
                    LostAnswer.Reach.UNSENT,
                    "no connection to the vCenter " + vcenter + " for " + name,
                    e);
        } catch (HttpTimeoutException e) {
            throw tooLate(name);
        } catch (SSLException e) {
            throw new LostAnswer(
                    Failure.UNREACHABLE,
                    LostAnswer.Reach.UNTRUSTED,
                    "who answers at " + vcenter + " is not trusted (" + e.getMessage()
                            + "); name its authority by the option ca, or its certificate's fingerprint by the option pin",
                    e);
        } catch (IOException e) {
            throw broken(name, e);
        }
    }

    private LostAnswer closed(String name, LostAnswer.Reach reach) {
        return new LostAnswer(
                Failure.UNREACHABLE,
                reach,
                "the connection to " + vcenter + " was closed before the answer to " + name,
                null);
    }

    private static LostAnswer tooLate(String name) {
        return new LostAnswer(
                Failure.TIMED_OUT, LostAnswer.Reach.SENT, "the answer to " + name + " did not come in time", null);
    }

    private static LostAnswer broken(String name, IOException cause) {
        return new LostAnswer(
                Failure.UNREACHABLE,
                LostAnswer.Reach.SENT,
                "the answer to " + name + " was lost: " + cause.getMessage(),
                cause);
    }

    /** Faults come with status 500, answers with 200, and all else from something between us and the vCenter. */
    private Node read(String name, int status, InputStream body) throws IOException, VimFault {
        if (status != 200 && status != 500) {
            throw new IOException("status " + status);
        }
        Node content = reader.read(body)
                .at("Body")
                .flatMap(found -> found.children().stream().findFirst())
                .orElseThrow(() -> new IOException("it is no SOAP message"));
        body.transferTo(OutputStream.nullOutputStream()); // to the end: the connection can be used again
        if ("Fault".equals(content.name())) {
            throw VimFault.ofSoap(name, content);
        }
        return content;
    }

    private static Optional<String> cookie(HttpResponse<?> response) {
        return response.headers()
                .firstValue("Set-Cookie")
                .map(line -> line.indexOf(';') < 0 ? line : line.substring(0, line.indexOf(';')));
    }

    /** Its threads end soon. The JDK's client has one of its own, which ends when nobody refers to the client any more. */
    @Override
    public void close() {
        client.set(null);
        bells.shutdownNow();
    }

    private static void close(InputStream body) {
        try {
            body.close();
        } catch (IOException e) {
            throw new IllegalStateException("a body that nobody reads any more does not close", e);
        }
    }
}
