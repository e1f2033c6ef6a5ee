package io.hvkit.hypervisor.spi;

import io.hvkit.core.ImageFormat;
import io.hvkit.core.Support;
import io.hvkit.core.internal.Json;
import io.hvkit.core.internal.JsonObject;
import java.util.stream.Collectors;

/** A hypervisor type as JSON: {@code id}, {@code displayName}, {@code aliases}, {@code templates}, {@code features}. */
final class TypeJson {

    private TypeJson() {}

    static String write(HypervisorType type) {
        return "{\"id\":" + Json.quoted(type.id())
                + ",\"displayName\":" + Json.quoted(type.displayName())
                + ",\"aliases\":" + Json.array(type.aliases())
                + ",\"templates\":"
                + Json.array(type.templates().stream().map(Enum::name).toList())
                + ",\"features\":" + features(type) + "}";
    }

    private static String features(HypervisorType type) {
        return type.features().offered().stream()
                .map(feature -> Json.quoted(feature.name()) + ":"
                        + Json.quoted(type.features().of(feature).name()))
                .collect(Collectors.joining(",", "{", "}"));
    }

    static HypervisorType read(String json) {
        JsonObject read = JsonObject.read("hypervisor type", json);
        HypervisorType type = HypervisorType.named(read.text("id"), read.text("displayName"))
                .alsoKnownAs(read.texts("aliases").toArray(String[]::new))
                .withTemplates(read.constants("templates", ImageFormat.class).toArray(ImageFormat[]::new));
        JsonObject features = read.object("features").orElse(JsonObject.read("hypervisor type", "{}"));
        for (String feature : features.names()) {
            type = withFeature(type, feature, features.text(feature));
        }
        return type;
    }

    private static HypervisorType withFeature(HypervisorType type, String feature, String level) {
        return JsonObject.constant(HypervisorFeature.class, feature)
                .flatMap(f -> JsonObject.constant(Support.class, level).map(l -> type.offering(f, l)))
                .orElse(type);
    }
}
