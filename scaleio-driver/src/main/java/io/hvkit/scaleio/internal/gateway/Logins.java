package io.hvkit.scaleio.internal.gateway;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

/** Both ways to log in and out: that of 4.x, which is tried first, and that of 3.x, which some gateways of 4.x have too. */
final class Logins {

    private static final Duration GOODBYE = Duration.ofSeconds(2);
    private static final int TRIES = 3;
    private static final Pattern PLAUSIBLE = Pattern.compile("[A-Za-z0-9+/=._~-]{1,65536}");

    private final Transport transport;
    private final Account.Source source;

    Logins(Transport transport, Account.Source source) {
        this.transport = transport;
        this.source = source;
    }

    Token login(Deadline deadline) throws InterruptedException {
        try (Account account = source.open()) {
            for (int attempt = 1; ; attempt++) {
                try {
                    Optional<Token> token = bearer(account, deadline);
                    return token.isPresent() ? token.get() : basic(account, deadline);
                } catch (LostAnswer e) {
                    if (attempt == TRIES || deadline.isOver() || e.reach() == LostAnswer.Reach.UNTRUSTED) {
                        throw e.asFailure(Call.Repeat.READS);
                    }
                } catch (Refusal e) {
                    if (attempt == TRIES || deadline.isOver() || !(e.isBusy() || e.isSilent())) {
                        throw refused(account, e);
                    }
                }
                Thread.sleep(Math.min(100L * attempt, deadline.left().toMillis()));
            }
        }
    }

    private DriverException refused(Account account, Refusal refusal) {
        if (!refusal.meansLoggedOut()) {
            return refusal.asFailure();
        }
        return DriverException.because(Failure.BAD_CREDENTIALS)
                .vendorCode("HTTP " + refusal.status())
                .message(
                        "the PowerFlex gateway %s does not accept the password of user %s",
                        transport.gateway(), account.user());
    }

    /** Returns nothing if the gateway does not know this way. */
    private Optional<Token> bearer(Account account, Deadline deadline)
            throws Refusal, LostAnswer, InterruptedException {
        byte[] body = document(account);
        try {
            HttpRequest.Builder request = transport
                    .to("/rest/auth/login")
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body));
            JsonNode answer = transport.exchange("POST /rest/auth/login", request, deadline, Json.anObject());
            String access = answer.path("access_token").asText("");
            return access.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Token(
                            "Bearer " + plausible(access),
                            Optional.ofNullable(answer.path("refresh_token").asText(null))));
        } catch (Refusal e) {
            if (e.status() == 404 || e.status() == 405) {
                return Optional.empty();
            }
            throw e;
        } finally {
            Arrays.fill(body, (byte) 0);
        }
    }

    private static byte[] document(Account account) {
        return account.password().withArray(password -> {
            CharBuffer decoded = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(password));
            char[] text = decoded.array();
            Wiped out = new Wiped();
            try (JsonGenerator json = Json.MAPPER.createGenerator(out)) {
                json.writeStartObject();
                json.writeStringField("username", account.user());
                json.writeFieldName("password");
                json.writeString(text, 0, decoded.remaining());
                json.writeEndObject();
                json.flush();
                return out.toByteArray();
            } catch (IOException e) {
                throw new IllegalStateException("writing to memory failed", e);
            } finally {
                Arrays.fill(text, '\0');
                out.wipe();
            }
        });
    }

    private static final class Wiped extends ByteArrayOutputStream {

        Wiped() {
            super(8192); // never grows: what it grew out of would stay in memory
        }

        void wipe() {
            Arrays.fill(buf, (byte) 0);
        }
    }

    /** The JDK's client takes headers as strings alone, so that this one passes through the heap. */
    private Token basic(Account account, Deadline deadline) throws Refusal, LostAnswer, InterruptedException {
        byte[] user = (account.user() + ":").getBytes(StandardCharsets.UTF_8);
        String header = account.password().withArray(password -> {
            byte[] both = Arrays.copyOf(user, user.length + password.length);
            System.arraycopy(password, 0, both, user.length, password.length);
            try {
                return "Basic " + Base64.getEncoder().encodeToString(both);
            } finally {
                Arrays.fill(both, (byte) 0);
            }
        });
        HttpRequest.Builder request =
                transport.to("/api/login").header("Authorization", header).GET();
        String token = transport.exchange("GET /api/login", request, deadline, Json.aText());
        byte[] nobody = (":" + plausible(token)).getBytes(StandardCharsets.UTF_8);
        return new Token("Basic " + Base64.getEncoder().encodeToString(nobody), Optional.empty());
    }

    private static String plausible(String token) throws LostAnswer {
        if (!PLAUSIBLE.matcher(token).matches()) {
            throw new LostAnswer(
                    Failure.UNREACHABLE, LostAnswer.Reach.SENT, "the gateway's answer to the login is no token", null);
        }
        return token;
    }

    /** Ends a session; it ends by itself anyhow, so nothing is said if that fails. */
    void logout(Token token) throws InterruptedException {
        Deadline soon = Deadline.in(GOODBYE);
        try {
            if (token.refresh().isEmpty()) {
                transport.exchange(
                        "GET /api/logout",
                        transport
                                .to("/api/logout")
                                .header("Authorization", token.header())
                                .GET(),
                        soon,
                        Json.nothing());
                return;
            }
            byte[] body = Json.object()
                    .put("refresh_token", token.refresh().get())
                    .toString()
                    .getBytes(StandardCharsets.UTF_8);
            HttpRequest.Builder request = transport
                    .to("/rest/auth/logout")
                    .header("Authorization", token.header())
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body));
            transport.exchange("POST /rest/auth/logout", request, soon, Json.nothing());
        } catch (Refusal | LostAnswer e) {
            System.getLogger(Logins.class.getName())
                    .log(System.Logger.Level.DEBUG, "a session was not ended at {0}", transport.gateway());
        }
    }
}
