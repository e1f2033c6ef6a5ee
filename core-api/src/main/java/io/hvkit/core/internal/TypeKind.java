package io.hvkit.core.internal;

import io.hvkit.core.Provider;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * What a registry must know of the types that it holds. Types are equal exactly when their ids are, and their text is the id.
 *
 * @param noun what they are types of, for messages
 * @param sdk who brings those that the SDK names
 * @param reserved the types that the SDK names; their names are kept for them, whether their plug-ins are here or not
 * @param names what a type is called
 * @param shownAs a type with another display name
 */
public record TypeKind<T>(
        String noun, Provider sdk, List<T> reserved, Function<T, TypeNames> names, BiFunction<T, String, T> shownAs) {

    String id(T type) {
        return names.apply(type).id();
    }

    /** Returns whether the type has the display name that the SDK gave it. */
    boolean isShownAsReserved(T type) {
        return reserved.stream()
                .filter(type::equals)
                .anyMatch(original -> names.apply(original)
                        .displayName()
                        .equals(names.apply(type).displayName()));
    }
}
