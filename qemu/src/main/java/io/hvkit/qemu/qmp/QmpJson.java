package io.hvkit.qemu.qmp;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads and writes single lines of JSON, and refuses whatever is not exactly that. */
final class QmpJson {

    /** Chains of backing images are told as nested objects, two levels for each. */
    static final int DEEPEST = 512;

    private static final int LONGEST_NUMBER = 64;
    private static final long LARGEST_LONG_DIGITS = 18;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII) // so that no locale can change it on its way
            // The names come from outside: no table that outlives the line may grow by them.
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEEPEST)
                    .maxNumberLength(LONGEST_NUMBER)
                    .maxStringLength(QmpLines.LONGEST)
                    .build())
            .build();

    private QmpJson() {}

    /**
     * Returns the object that a line holds.
     *
     * @throws QmpViolation if it holds anything else: other values, broken JSON, bytes that are no UTF-8, two members of one
     *     name, more levels than {@link #DEEPEST}
     */
    static QmpValue parse(ByteBuffer line) throws QmpViolation {
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(line).toString();
        } catch (CharacterCodingException e) {
            throw new QmpViolation("bytes that are not UTF-8", e);
        }
        try (JsonParser parser = FACTORY.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new QmpViolation("a line that is no object");
            }
            Map<String, Object> object = object(parser);
            if (parser.nextToken() != null) {
                throw new QmpViolation("two values in one line");
            }
            return QmpValue.parsed(object, "");
        } catch (JsonProcessingException e) {
            throw new QmpViolation("a line that is not valid JSON (" + e.getOriginalMessage() + ")", e);
        } catch (IOException e) {
            throw new UncheckedIOException("a text cannot fail to be read", e);
        }
    }

    static String write(QmpValue value) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = FACTORY.createGenerator(text)) {
            write(generator, value.tree());
        } catch (IOException e) {
            throw new UncheckedIOException("a text cannot fail to be written", e);
        }
        return text.toString();
    }

    private static Map<String, Object> object(JsonParser parser) throws IOException {
        Map<String, Object> members = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            members.put(name, value(parser));
        }
        return Collections.unmodifiableMap(members);
    }

    private static List<Object> list(JsonParser parser) throws IOException {
        List<Object> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(value(parser));
        }
        return Collections.unmodifiableList(items);
    }

    /** Recursion is bounded by the parser, which gives up at {@link #DEEPEST} levels. */
    private static Object value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> list(parser);
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT -> whole(parser);
            case VALUE_NUMBER_FLOAT -> fraction(parser);
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> QmpValue.Nothing.NOTHING;
            case FIELD_NAME, END_OBJECT, END_ARRAY, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE ->
                throw new IllegalStateException("the parser calls " + parser.currentToken() + " a value");
        };
    }

    /** What is beyond all doubles would become an infinity, which JSON cannot say. */
    private static Object fraction(JsonParser parser) throws IOException {
        double number = parser.getDoubleValue();
        if (Double.isInfinite(number)) {
            throw new JsonParseException(parser, "a number beyond what a double holds");
        }
        return number;
    }

    private static Object whole(JsonParser parser) throws IOException {
        if (parser.getTextLength() <= LARGEST_LONG_DIGITS) {
            return parser.getLongValue();
        }
        BigInteger number = parser.getBigIntegerValue();
        return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
    }

    private static void write(JsonGenerator generator, Object value) throws IOException {
        if (value instanceof Map<?, ?> members) {
            generator.writeStartObject();
            for (Map.Entry<?, ?> member : members.entrySet()) {
                generator.writeFieldName((String) member.getKey());
                write(generator, member.getValue());
            }
            generator.writeEndObject();
        } else if (value instanceof List<?> items) {
            generator.writeStartArray();
            for (Object item : items) {
                write(generator, item);
            }
            generator.writeEndArray();
        } else if (value instanceof String text) {
            generator.writeString(text);
        } else if (value instanceof Long number) {
            generator.writeNumber(number);
        } else if (value instanceof BigInteger number) {
            generator.writeNumber(number);
        } else if (value instanceof Double number) {
            generator.writeNumber(number);
        } else if (value instanceof Boolean on) {
            generator.writeBoolean(on);
        } else {
            generator.writeNull();
        }
    }
}
