package io.hvkit.scaleio.internal.gateway;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;

/**
 * Calls to one gateway. Each has a deadline that holds for all it takes: logins, repeats, and the last byte of the answer. Any
 * thread may use it.
 */
public final class GatewayClient implements AutoCloseable {

    private static final int TRIES = 5;
    private static final long FIRST_PAUSE = 50;

    private final Transport transport;
    private final Session session;
    private final Duration timeout;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Makes a client that has spoken to nobody yet. */
    public GatewayClient(URI gateway, SSLContext trust, Account.Source source, Duration timeout) {
        this.transport = new Transport(gateway, trust);
        this.session = new Session(new Logins(transport, source));
        this.timeout = timeout;
    }

    /** Returns how long a call may take. */
    public Duration timeout() {
        return timeout;
    }

    /**
     * Makes a call. A refusal is the caller's to judge; an answer that is lost for good is a failure, {@code UNKNOWN} if the call may
     * have worked.
     */
    public <T> T call(Call call, Reading<T> reading) throws Refusal, InterruptedException {
        Deadline deadline = Deadline.in(timeout);
        Token refused = null;
        for (int attempt = 1; ; attempt++) {
            requireOpen();
            Token token = session.other(refused, deadline);
            try {
                return transport.exchange(call.toString(), request(call, token), deadline, reading);
            } catch (Refusal e) {
                if (e.meansLoggedOut()) {
                    if (refused != null || deadline.isOver()) {
                        throw e;
                    }
                    refused = token;
                    continue; // nothing was done, and nothing is to be waited for
                }
                if (isLast(attempt, deadline) || !mayRepeat(call, e)) {
                    throw e;
                }
            } catch (LostAnswer e) {
                if (isLast(attempt, deadline) || !mayRepeat(call, e)) {
                    throw e.asFailure(call.repeat());
                }
            }
            pause(attempt, deadline);
        }
    }

    /** Makes a call whose refusals are all failures. */
    public <T> T require(Call call, Reading<T> reading) throws InterruptedException {
        try {
            return call(call, reading);
        } catch (Refusal e) {
            throw e.asFailure();
        }
    }

    private static boolean isLast(int attempt, Deadline deadline) {
        return attempt == TRIES || deadline.isOver();
    }

    private static boolean mayRepeat(Call call, Refusal refusal) {
        return refusal.isBusy() || (refusal.isSilent() && call.repeat() != Call.Repeat.ONCE);
    }

    private static boolean mayRepeat(Call call, LostAnswer lost) {
        return switch (lost.reach()) {
            case UNTRUSTED -> false;
            case UNSENT -> true;
            case SENT -> call.repeat() != Call.Repeat.ONCE;
        };
    }

    private HttpRequest.Builder request(Call call, Token token) {
        HttpRequest.Builder request = transport.to(call.path()).header("Authorization", token.header());
        if (call.body().isEmpty()) {
            return request.GET();
        }
        byte[] body = call.body().get().toString().getBytes(StandardCharsets.UTF_8);
        return request.header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofByteArray(body));
    }

    /** Waits a little longer each time, and not as long as all others that were refused at this moment. */
    private static void pause(int attempt, Deadline deadline) throws InterruptedException {
        long most = FIRST_PAUSE << attempt;
        Thread.sleep(Math.min(
                ThreadLocalRandom.current().nextLong(most / 2, most),
                deadline.left().toMillis()));
    }

    private void requireOpen() {
        if (closed.get()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message("the connection to %s is closed; open the pool again", transport.gateway());
        }
    }

    /** Logs out. Closing twice does nothing. */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        try {
            session.end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            transport.close();
        }
    }
}
