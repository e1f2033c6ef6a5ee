package io.hvkit.powerflex.simulator.internal.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hvkit.powerflex.simulator.internal.array.Ids;
import io.hvkit.powerflex.simulator.internal.array.InvalidRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What a request says. Scalars may be strings or not, whatever they mean; what is not known is not looked at. */
record Body(ObjectNode fields) {

    static Body of(String text) {
        return new Body(Json.read(text));
    }

    /** Returns whether a field is there at all, even as an empty string. */
    boolean has(String name) {
        return fields.hasNonNull(name);
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(fields.get(name))
                .filter(JsonNode::isValueNode)
                .filter(node -> !node.isNull())
                .map(JsonNode::asText)
                .filter(text -> !text.isEmpty());
    }

    String required(String name) {
        return text(name).orElseThrow(() -> InvalidRequest.missing(name));
    }

    boolean flag(String name) {
        return text(name).filter(text -> text.equalsIgnoreCase("true")).isPresent();
    }

    OptionalLong number(String name) {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseLong(text.get()));
        } catch (NumberFormatException e) {
            throw new InvalidRequest(name + " (" + text.get() + ") must be a number");
        }
    }

    long requiredNumber(String name) {
        return number(name).orElseThrow(() -> InvalidRequest.missing(name));
    }

    long id(String name) {
        return Ids.parse(required(name));
    }

    /** Returns one of the words that are allowed, or the first of them if nothing is said. */
    String oneOf(String name, String... allowed) {
        String value = text(name).orElse(allowed[0]);
        if (!List.of(allowed).contains(value)) {
            throw InvalidRequest.notOneOf(name, value, List.of(allowed));
        }
        return value;
    }

    String requiredOneOf(String name, String... allowed) {
        required(name);
        return oneOf(name, allowed);
    }

    List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        if (fields.get(name) instanceof ArrayNode node) {
            node.forEach(one -> texts.add(one.asText()));
        }
        return texts;
    }

    List<Body> objects(String name) {
        List<Body> objects = new ArrayList<>();
        if (fields.get(name) instanceof ArrayNode node) {
            node.forEach(one -> {
                if (one instanceof ObjectNode object) {
                    objects.add(new Body(object));
                }
            });
        }
        return objects;
    }
}
