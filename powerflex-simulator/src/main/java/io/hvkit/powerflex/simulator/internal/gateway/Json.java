package io.hvkit.powerflex.simulator.internal.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.hvkit.powerflex.simulator.internal.array.InvalidRequest;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.function.Function;

/** JSON trees. */
final class Json {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Json() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    static <T> ArrayNode array(Collection<T> values, Function<? super T, ? extends JsonNode> view) {
        ArrayNode array = array();
        values.forEach(value -> array.add(view.apply(value)));
        return array;
    }

    static ArrayNode texts(Collection<String> values) {
        return array(values, Json::text);
    }

    static JsonNode text(String value) {
        return TextNode.valueOf(value);
    }

    static byte[] bytes(JsonNode node) {
        try {
            return MAPPER.writeValueAsString(node).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree can always be written", e);
        }
    }

    /** Reads the body of a request; none is an empty object. */
    static ObjectNode read(String text) {
        if (text.isBlank()) {
            return object();
        }
        try {
            if (MAPPER.readTree(text) instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException e) {
            throw new InvalidRequest("Request message is not valid: it is no JSON: " + e.getMessage());
        }
        throw new InvalidRequest("Request message is not valid: it is no JSON object");
    }
}
