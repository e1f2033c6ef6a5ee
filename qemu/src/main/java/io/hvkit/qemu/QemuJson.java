package io.hvkit.qemu;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;

/** Writes options of qemu as JSON: with their types, and in ASCII. */
final class QemuJson {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII) // so that no locale can change it on its way to qemu
            .build();

    private QemuJson() {}

    static String text(QemuNode node) {
        try {
            return JSON.writeValueAsString(tree(node));
        } catch (JsonProcessingException e) {
            throw DriverException.because(Failure.DEFECT).causedBy(e).message("options that are no JSON: %s", node);
        }
    }

    private static JsonNode tree(QemuValue value) {
        if (value instanceof QemuNode node) {
            return node.isList() ? list(node) : object(node);
        }
        if (value instanceof QemuValue.Count number) {
            return LongNode.valueOf(number.count());
        }
        if (value instanceof QemuValue.Switch choice) {
            return BooleanNode.valueOf(choice.isOn());
        }
        return value instanceof QemuValue.Nothing ? NullNode.getInstance() : TextNode.valueOf(value.text());
    }

    private static JsonNode list(QemuNode node) {
        var array = JsonNodeFactory.instance.arrayNode();
        node.entries().values().forEach(value -> array.add(tree(value)));
        return array;
    }

    private static JsonNode object(QemuNode node) {
        var object = JsonNodeFactory.instance.objectNode();
        node.entries().forEach((name, value) -> object.set(name, tree(value)));
        return object;
    }
}
