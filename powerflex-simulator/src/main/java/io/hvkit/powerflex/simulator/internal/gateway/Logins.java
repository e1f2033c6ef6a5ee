package io.hvkit.powerflex.simulator.internal.gateway;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hvkit.powerflex.simulator.control.Timing;
import io.hvkit.powerflex.simulator.internal.array.Ids;
import io.hvkit.powerflex.simulator.internal.array.SimulatedArray;

/** Logging in and out, and what is told to who has not. */
final class Logins {

    private final SimulatedArray array;
    private final Sessions sessions;
    private final Account account;

    Logins(SimulatedArray array, Sessions sessions, Account account) {
        this.array = array;
        this.sessions = sessions;
        this.account = account;
    }

    Answer login(Request request) {
        return Sessions.basic(request)
                .filter(basic -> account.is(basic.user(), basic.password()))
                .map(basic -> Answer.of(Json.text(sessions.open(basic.user()))))
                .orElseGet(() -> Answer.error(401, 0, "Unauthorized"));
    }

    Answer logout(Request request) {
        sessions.close(request);
        return Answer.of(Json.text(""));
    }

    Answer version() {
        return Answer.of(Json.text(array.nature().version().toString()));
    }

    Answer webLogin(Request request) {
        Body body = request.body();
        String user = body.text("username").orElse("");
        if (!account.is(user, body.text("password").orElse(""))) {
            return Answer.unauthorized(array.nature().version());
        }
        return Answer.of(Json.object()
                .put("scope", "openid profile email")
                .put("access_token", sessions.openBearer(user))
                .put(
                        "expires_in",
                        array.nature()
                                .timing()
                                .of(Timing.Span.ACCESS_TOKEN_LIFE)
                                .toSeconds())
                .put("refresh_expires_in", 1800)
                .put("refresh_token", sessions.refreshToken(user))
                .put("token_type", "Bearer"));
    }

    Answer webLogout(Request request) {
        sessions.close(request);
        return Answer.noContent();
    }

    /** Returns where hosts find the system. */
    Answer configuration() {
        ObjectNode node = Json.object().put("systemId", Ids.text(array.id())).put("mdmPort", 6611);
        node.set("mdmAddresses", Json.texts(array.nature().mdmAddresses()));
        return Answer.of(node);
    }
}
