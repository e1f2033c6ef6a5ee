package io.hvkit.core;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One setting a driver understands: its name, its type, how text becomes that type, and whether it may be printed. */
public final class Option<T> {

    private final String name;
    private final Class<T> type;
    private final Function<String, T> parser;
    private final @Nullable T fallback;
    private final boolean sensitive;

    private Option(String name, Class<T> type, Function<String, T> parser, @Nullable T fallback, boolean sensitive) {
        Tokens.check("option name", name);
        this.name = name;
        this.type = type;
        this.parser = parser;
        this.fallback = fallback;
        this.sensitive = sensitive;
    }

    /** Returns a required option whose value is an absolute URI. */
    public static Option<URI> uri(String name) {
        return new Option<>(name, URI.class, Option::absoluteUri, null, false);
    }

    /** Returns a required option whose value is an ISO-8601 duration such as {@code PT30S}. */
    public static Option<Duration> duration(String name) {
        return new Option<>(name, Duration.class, Duration::parse, null, false);
    }

    /** Returns a required option whose value is a path. */
    public static Option<Path> path(String name) {
        return new Option<>(name, Path.class, Path::of, null, false);
    }

    /** Returns a required option whose value is plain text. */
    public static Option<String> text(String name) {
        return new Option<>(name, String.class, Function.identity(), null, false);
    }

    /** Returns a required option whose value is a size such as {@code 40 GiB}; see {@link ByteSize#parse}. */
    public static Option<ByteSize> size(String name) {
        return new Option<>(name, ByteSize.class, ByteSize::parse, null, false);
    }

    /** Returns this option, optional from now on. */
    public Option<T> withDefault(T value) {
        return new Option<>(name, type, parser, value, sensitive);
    }

    /** Returns this option, never printed from now on. */
    public Option<T> asSensitive() {
        return new Option<>(name, type, parser, fallback, true);
    }

    /** Returns the key under which text configuration carries this option. */
    public String name() {
        return name;
    }

    /** Returns whether values are kept out of messages and logs. */
    public boolean sensitive() {
        return sensitive;
    }

    Optional<T> fallback() {
        return Optional.ofNullable(fallback);
    }

    T cast(Object value) {
        return type.cast(value);
    }

    private static URI absoluteUri(String text) {
        URI uri = URI.create(text);
        if (!uri.isAbsolute()) {
            throw new IllegalArgumentException("it names no scheme");
        }
        return uri;
    }

    T parse(String text) {
        try {
            return parser.apply(text);
        } catch (RuntimeException e) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .causedBy(sensitive ? new IllegalArgumentException("value withheld") : e)
                    .message(
                            "option %s: %s is not a %s",
                            name, sensitive ? "the value" : "'" + text + "'", type.getSimpleName());
        }
    }
}
