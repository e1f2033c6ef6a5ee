package io.hvkit.core.internal;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.Provider;
import io.hvkit.core.SpiVersion;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a driver says of itself before it opens anything, looked over once.
 *
 * @param provider who brings it
 * @param builtAgainst its SPI
 * @param types what it opens
 * @param options what it reads
 */
public record DriverCard<T>(Provider provider, SpiVersion builtAgainst, Set<T> types, Set<Option<?>> options) {

    /** A driver's own answers. */
    public interface Answers<T> {

        /** Returns its SPI. */
        @Nullable
        SpiVersion builtAgainst();

        /** Returns what it opens. */
        @Nullable
        Set<T> types();

        /** Returns what it reads. */
        @Nullable
        Set<Option<?>> options();
    }

    /**
     * Looks a driver over. Its version is asked for first: one that was built against another SPI may fail in all else.
     *
     * @param noun what the types are types of, for messages
     * @throws DriverException if it breaks a rule of the SPI, with the reason as its message
     */
    public static <T> DriverCard<T> of(PluginBoundary boundary, String noun, Answers<T> driver) {
        SpiVersion version = boundary.ask("builtAgainst", driver::builtAgainst);
        if (!SpiVersion.ofHost().runs(version)) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("%s", SpiVersion.ofHost().refusalOf(version));
        }
        Set<T> types = copyOf(boundary, "types", driver::types);
        if (types.isEmpty()) {
            throw DriverException.because(Failure.DEFECT).message("it brings no %s type", noun);
        }
        Set<Option<?>> options = copyOf(boundary, "options", driver::options);
        requireDistinct(options);
        return new DriverCard<>(boundary.provider(), version, types, options);
    }

    private static <E> Set<E> copyOf(PluginBoundary boundary, String what, Supplier<@Nullable Set<E>> question) {
        return boundary.ask(what, () -> {
            Set<E> given = question.get();
            return given == null ? null : Set.copyOf(given);
        });
    }

    private static void requireDistinct(Set<Option<?>> options) {
        Set<String> names = new TreeSet<>();
        for (Option<?> option : options) {
            if (!names.add(option.name())) {
                throw DriverException.because(Failure.DEFECT)
                        .message("it has two options with the name %s", option.name());
            }
        }
    }

    /** Returns the type as the driver describes it, if the driver opens it and reads these options; else {@code INVALID_REQUEST}. */
    public T openable(T type, Options given) {
        T declared = types.stream()
                .filter(type::equals)
                .findAny()
                .orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                        .message("%s opens %s, not %s", provider, typeIds(), type));
        given.requireOnly(options);
        return declared;
    }

    private Set<String> typeIds() {
        return types.stream().map(Object::toString).collect(Collectors.toCollection(TreeSet::new));
    }
}
