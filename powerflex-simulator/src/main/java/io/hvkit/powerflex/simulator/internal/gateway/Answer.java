package io.hvkit.powerflex.simulator.internal.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import io.hvkit.powerflex.simulator.internal.array.ArrayError;
import io.hvkit.powerflex.simulator.internal.array.ArrayException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is sent back. */
final class Answer {

    private static final String JSON = "application/json;charset=UTF-8";

    private final int status;
    private final String contentType;
    private final byte[] body;
    private final @Nullable JsonNode tree;

    private Answer(int status, String contentType, byte[] body, @Nullable JsonNode tree) {
        this.status = status;
        this.contentType = contentType;
        this.body = body;
        this.tree = tree;
    }

    static Answer of(JsonNode tree) {
        return json(200, tree);
    }

    /** Returns the answer of what was done: an empty object. */
    static Answer done() {
        return of(Json.object());
    }

    static Answer noContent() {
        return new Answer(204, JSON, new byte[0], null);
    }

    static Answer invalid(String message) {
        return error(400, 0, message);
    }

    static Answer refused(ArrayException refusal, GatewayVersion version) {
        int code = refusal.error().code(version);
        if (refusal.shape() == ArrayException.Shape.PLAIN) {
            return error(500, code, refusal.error().text());
        }
        ObjectNode body = errorBody(500, code, "Error with details");
        ObjectNode detail = body.putArray("details").addObject();
        detail.put("error", refusal.error().name());
        detail.put("rc", code);
        detail.put("errorMessage", refusal.error().text());
        return json(500, body);
    }

    /** Returns a refusal by its code; one that no rule here knows has a text that says so. */
    static Answer refused(int code, GatewayVersion version) {
        String text = Arrays.stream(ArrayError.values())
                .filter(error -> error.code(version) == code)
                .map(ArrayError::text)
                .findFirst()
                .orElse("Error " + code);
        return error(500, code, text);
    }

    /** Returns the answer to whom is not logged in: 4.x has a proxy in front that speaks HTML. */
    static Answer unauthorized(GatewayVersion version) {
        return version.isFour() ? page(401, "Unauthorized") : error(401, 0, "Unauthorized");
    }

    static Answer notFound(String path) {
        return error(404, 0, "The requested resource is not available: " + path);
    }

    static Answer page(int status, String title) {
        String html = "<html><head><title>" + status + " " + title + "</title></head><body><h1>" + status + " " + title
                + "</h1></body></html>\n";
        return new Answer(status, "text/html", html.getBytes(StandardCharsets.UTF_8), null);
    }

    static Answer error(int status, int code, String message) {
        return json(status, errorBody(status, code, message));
    }

    private static ObjectNode errorBody(int status, int code, String message) {
        return Json.object()
                .put("message", message)
                .put("httpStatusCode", status)
                .put("errorCode", code);
    }

    private static Answer json(int status, JsonNode tree) {
        return new Answer(status, JSON, Json.bytes(tree), tree);
    }

    /** Returns this answer with its list turned round, whether it is the list or holds one. */
    Answer reordered() {
        if (tree instanceof ArrayNode list) {
            return json(status, reversed(list));
        }
        if (tree instanceof ObjectNode object) {
            ObjectNode changed = object.deepCopy();
            object.properties().forEach(field -> {
                if (field.getValue() instanceof ArrayNode list) {
                    changed.set(field.getKey(), reversed(list));
                }
            });
            return json(status, changed);
        }
        return this;
    }

    private static ArrayNode reversed(ArrayNode list) {
        ArrayNode reversed = Json.array();
        list.forEach(element -> reversed.insert(0, element));
        return reversed;
    }

    int status() {
        return status;
    }

    String contentType() {
        return contentType;
    }

    byte[] body() {
        return body;
    }

    Optional<JsonNode> tree() {
        return Optional.ofNullable(tree);
    }
}
