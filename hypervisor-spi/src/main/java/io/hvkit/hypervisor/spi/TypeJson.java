package io.hvkit.hypervisor.spi;

import io.hvkit.core.ImageFormat;
import io.hvkit.core.Support;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A hypervisor type as JSON: {@code id}, {@code displayName}, {@code aliases}, {@code templates}, {@code features}. */
final class TypeJson {

    private TypeJson() {}

    static String write(HypervisorType type) {
        return "{\"id\":" + Json.quoted(type.id())
                + ",\"displayName\":" + Json.quoted(type.displayName())
                + ",\"aliases\":" + array(type.aliases())
                + ",\"templates\":"
                + array(type.templates().stream().map(Enum::name).toList())
                + ",\"features\":" + features(type) + "}";
    }

    private static String array(Collection<String> texts) {
        return texts.stream().map(Json::quoted).collect(Collectors.joining(",", "[", "]"));
    }

    private static String features(HypervisorType type) {
        return type.features().offered().stream()
                .map(feature -> Json.quoted(feature.name()) + ":"
                        + Json.quoted(type.features().of(feature).name()))
                .collect(Collectors.joining(",", "{", "}"));
    }

    static HypervisorType read(String json) {
        Map<?, ?> members = object("a hypervisor type", Json.read(json));
        HypervisorType type = HypervisorType.named(text(members, "id"), text(members, "displayName"))
                .alsoKnownAs(texts(members, "aliases").toArray(String[]::new))
                .withTemplates(texts(members, "templates").stream()
                        .flatMap(name -> known(ImageFormat.values(), name).stream())
                        .toArray(ImageFormat[]::new));
        Object features = members.get("features");
        if (features != null) {
            for (Map.Entry<?, ?> entry : object("features", features).entrySet()) {
                type = withFeature(type, String.valueOf(entry.getKey()), string("a level", entry.getValue()));
            }
        }
        return type;
    }

    private static HypervisorType withFeature(HypervisorType type, String feature, String level) {
        return known(HypervisorFeature.values(), feature)
                .flatMap(f -> known(Support.values(), level).map(l -> type.offering(f, l)))
                .orElse(type);
    }

    private static String text(Map<?, ?> members, String name) {
        Object value = members.get(name);
        if (value == null) {
            throw new IllegalArgumentException("a hypervisor type in JSON has a member " + name);
        }
        return string(name, value);
    }

    private static List<String> texts(Map<?, ?> members, String name) {
        Object value = members.get(name);
        if (value == null) {
            return List.of();
        }
        if (value instanceof List<?> list) {
            return list.stream().map(item -> string("each of " + name, item)).toList();
        }
        throw new IllegalArgumentException("in the JSON of a hypervisor type, " + name + " is a list");
    }

    private static Map<?, ?> object(String what, Object value) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw new IllegalArgumentException("in JSON, " + what + " is an object");
    }

    private static String string(String what, Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException("in the JSON of a hypervisor type, " + what + " is a string");
    }

    private static <E extends Enum<E>> Optional<E> known(E[] values, String name) {
        return Arrays.stream(values).filter(value -> value.name().equals(name)).findAny();
    }
}
