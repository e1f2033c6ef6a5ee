package io.hvkit.core.internal;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An object that was read from JSON.
 *
 * @param what what it describes, for messages
 * @param members what is in it
 */
public record JsonObject(String what, Map<String, Object> members) {

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException if it is no JSON or no object; the message names the place
     */
    public static JsonObject read(String what, String json) {
        return of(what, what, Json.read(json));
    }

    private static JsonObject of(String what, String which, Object value) {
        if (value instanceof Map<?, ?> map) {
            return new JsonObject(
                    what,
                    map.entrySet().stream()
                            .collect(Collectors.toMap(e -> String.valueOf(e.getKey()), Map.Entry::getValue)));
        }
        throw new IllegalArgumentException("in JSON, " + which + " is an object");
    }

    /** Returns the names of its members. */
    public Set<String> names() {
        return members.keySet();
    }

    /** Returns a member that is text and must be there. */
    public String text(String name) {
        Object value = members.get(name);
        if (value == null) {
            throw new IllegalArgumentException("a " + what + " in JSON has a member " + name);
        }
        return string(name, value);
    }

    /** Returns a member that is a list of texts, empty if it is not there. */
    public List<String> texts(String name) {
        Object value = members.get(name);
        if (value == null) {
            return List.of();
        }
        if (value instanceof List<?> list) {
            return list.stream().map(item -> string("each of " + name, item)).toList();
        }
        throw new IllegalArgumentException("in the JSON of a " + what + ", " + name + " is a list");
    }

    /** Returns those of the texts of a member that are constants of an enum; others are left out. */
    public <E extends Enum<E>> Stream<E> constants(String name, Class<E> kind) {
        return texts(name).stream().flatMap(text -> constant(kind, text).stream());
    }

    /** Returns a member that is an object, if it is there. */
    public Optional<JsonObject> object(String name) {
        return Optional.ofNullable(members.get(name)).map(value -> of(what, name, value));
    }

    /** Returns the constant of that name, if this release has it. */
    public static <E extends Enum<E>> Optional<E> constant(Class<E> kind, String name) {
        return EnumSet.allOf(kind).stream()
                .filter(value -> value.name().equals(name))
                .findAny();
    }

    private String string(String name, Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException("in the JSON of a " + what + ", " + name + " is a string");
    }
}
