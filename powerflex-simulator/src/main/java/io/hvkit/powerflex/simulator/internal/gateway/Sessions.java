package io.hvkit.powerflex.simulator.internal.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import io.hvkit.powerflex.simulator.control.Timing;
import io.hvkit.powerflex.simulator.control.Timing.Span;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Who is logged in. Any thread may use it. */
public final class Sessions {

    private enum Kind {
        GATEWAY,
        BEARER
    }

    private record Session(Kind kind, Instant begun, Instant used) {}

    private final SecureRandom random = new SecureRandom();
    private final Map<String, Session> sessions = new ConcurrentHashMap<>();
    private final GatewayVersion version;
    private final InstantSource clock;
    private final Timing timing;

    public Sessions(GatewayVersion version, InstantSource clock, Timing timing) {
        this.version = version;
        this.clock = clock;
        this.timing = timing;
    }

    /** Returns a token of {@code /api/login}: the user, the time and something random, in base 64 without padding. */
    String open(String user) {
        String plain = user + ":" + clock.millis() + ":" + hex(16);
        String token = Base64.getEncoder().withoutPadding().encodeToString(plain.getBytes(StandardCharsets.UTF_8));
        return remember(token, Kind.GATEWAY);
    }

    /** Returns an access token of {@code /rest/auth/login}, shaped like a JSON web token. */
    String openBearer(String user) {
        long begun = clock.instant().getEpochSecond();
        long end = begun + timing.of(Span.ACCESS_TOKEN_LIFE).toSeconds();
        return remember(webToken(user, begun, end), Kind.BEARER);
    }

    /** Returns a token that is good for nothing but to be sent back at the end. */
    String refreshToken(String user) {
        long begun = clock.instant().getEpochSecond();
        return webToken(user, begun, begun + 1800);
    }

    /** Returns whether a request may pass; the session counts as used then. */
    boolean admits(Request request) {
        Optional<String> token = token(request);
        return token.isPresent() && isAlive(token.get());
    }

    void close(Request request) {
        token(request).ifPresent(sessions::remove);
    }

    /** Forgets all tokens at once. */
    public void expireAll() {
        sessions.clear();
    }

    private Optional<String> token(Request request) {
        Optional<String> bearer = credentials(request, "Bearer").filter(token -> version.isFour());
        return bearer.or(() -> basic(request)
                .map(Basic::password)
                .filter(token -> Optional.ofNullable(sessions.get(token))
                        .filter(session -> session.kind == Kind.GATEWAY)
                        .isPresent()));
    }

    private boolean isAlive(String token) {
        Instant now = clock.instant();
        Session session = sessions.get(token);
        if (session == null) {
            return false;
        }
        if (isOver(session, now)) {
            sessions.remove(token);
            return false;
        }
        sessions.replace(token, session, new Session(session.kind, session.begun, now));
        return true;
    }

    private boolean isOver(Session session, Instant now) {
        if (session.kind == Kind.BEARER) {
            return !now.isBefore(session.begun.plus(timing.of(Span.ACCESS_TOKEN_LIFE)));
        }
        return !now.isBefore(session.begun.plus(timing.of(Span.TOKEN_LIFE)))
                || !now.isBefore(session.used.plus(timing.of(Span.TOKEN_IDLE)));
    }

    private String remember(String token, Kind kind) {
        Instant now = clock.instant();
        sessions.put(token, new Session(kind, now, now));
        return token;
    }

    private String webToken(String user, long begun, long end) {
        return part(Json.object().put("alg", "RS256").put("typ", "JWT"))
                + "."
                + part(Json.object()
                        .put("exp", end)
                        .put("iat", begun)
                        .put("jti", hex(16))
                        .put("preferred_username", user))
                + "."
                + hex(32);
    }

    private static String part(JsonNode node) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(Json.bytes(node));
    }

    private String hex(int bytes) {
        byte[] drawn = new byte[bytes];
        random.nextBytes(drawn);
        return HexFormat.of().formatHex(drawn);
    }

    /** What stands behind {@code Basic}. */
    record Basic(String user, String password) {}

    static Optional<Basic> basic(Request request) {
        return credentials(request, "Basic").flatMap(Sessions::decoded);
    }

    private static Optional<Basic> decoded(String encoded) {
        try {
            String plain = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
            int colon = plain.indexOf(':');
            return colon < 0
                    ? Optional.empty()
                    : Optional.of(new Basic(plain.substring(0, colon), plain.substring(colon + 1)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> credentials(Request request, String scheme) {
        return request.authorization()
                .filter(header -> header.regionMatches(true, 0, scheme + " ", 0, scheme.length() + 1))
                .map(header -> header.substring(scheme.length() + 1).strip());
    }
}
