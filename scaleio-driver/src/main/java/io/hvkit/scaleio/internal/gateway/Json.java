package io.hvkit.scaleio.internal.gateway;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/** JSON as the gateway speaks it. */
public final class Json {

    static final ObjectMapper MAPPER = JsonMapper.builder()
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    private Json() {}

    /** Returns an object, empty so far. */
    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** Reads an object. */
    public static Reading<JsonNode> anObject() {
        return parser -> {
            JsonNode node = MAPPER.readTree(parser);
            if (node == null || !node.isObject()) {
                throw new IOException("an object was to come");
            }
            return node;
        };
    }

    /** Reads a text, as ids, tokens and versions come. */
    public static Reading<String> aText() {
        return parser -> {
            JsonNode node = MAPPER.readTree(parser);
            if (node == null || !node.isTextual()) {
                throw new IOException("a text was to come");
            }
            return node.asText();
        };
    }

    /** Looks at nothing: that the call succeeded says all. */
    public static Reading<Boolean> nothing() {
        return parser -> true;
    }

    /** Reads a list one by one, so that what is not wanted is never held. An answer without a list is none. */
    public static <T> Reading<List<T>> aList(Function<JsonNode, T> kind, Predicate<T> wanted) {
        return parser -> {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw new IOException("a list was to come");
            }
            List<T> list = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                T one = kind.apply(one(parser));
                if (wanted.test(one)) {
                    list.add(one);
                }
            }
            return list;
        };
    }

    private static JsonNode one(JsonParser parser) throws IOException {
        JsonNode node = MAPPER.readTree(parser);
        if (node == null || !node.isObject()) {
            throw new IOException("a list of objects was to come");
        }
        return node;
    }
}
