package io.hvkit.core;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One setting a driver understands: its name, its type, how text becomes that type, or that it is a secret. */
public final class Option<T> {

    private final String name;
    private final Class<T> type;
    private final Function<String, T> parser;
    private final @Nullable T fallback;

    private Option(String name, Class<T> type, Function<String, T> parser, @Nullable T fallback) {
        Tokens.check("option name", name);
        this.name = name;
        this.type = type;
        this.parser = parser;
        this.fallback = fallback;
    }

    /** Returns a required option whose value is an absolute URI. */
    public static Option<URI> uri(String name) {
        return new Option<>(name, URI.class, Option::absoluteUri, null);
    }

    /** Returns a required option whose value is an ISO-8601 duration such as {@code PT30S}. */
    public static Option<Duration> duration(String name) {
        return new Option<>(name, Duration.class, Duration::parse, null);
    }

    /** Returns a required option whose value is a path. */
    public static Option<Path> path(String name) {
        return new Option<>(name, Path.class, Path::of, null);
    }

    /** Returns a required option whose value is plain text. */
    public static Option<String> text(String name) {
        return new Option<>(name, String.class, Function.identity(), null);
    }

    /** Returns a required option whose value is a size such as {@code 40 GiB}; see {@link ByteSize#parse}. */
    public static Option<ByteSize> size(String name) {
        return new Option<>(name, ByteSize.class, ByteSize::parse, null);
    }

    /**
     * Returns a required option whose value is a secret, such as a password. It is never text: whoever configures a driver hands over where the
     * secret is had from ({@link Options#parse(Collection, Map, Map)}), and the driver asks there each time it needs it. It cannot be printed.
     */
    public static Option<SecretSource> secret(String name) {
        return new Option<>(name, SecretSource.class, text -> isNoText(name), null);
    }

    private static SecretSource isNoText(String name) {
        throw DriverException.because(Failure.INVALID_REQUEST)
                .message("option %s is a secret, which is never text; hand it over as a Secret", name);
    }

    /** Returns this option, optional from now on. */
    public Option<T> withDefault(T value) {
        return new Option<>(name, type, parser, value);
    }

    /** Returns the key under which text configuration carries this option. */
    public String name() {
        return name;
    }

    /** Returns whether the value is a {@link #secret}, which is kept out of messages, logs and text configuration. */
    public boolean isSecret() {
        return type == SecretSource.class;
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
        } catch (DriverException e) {
            throw e;
        } catch (RuntimeException e) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .causedBy(e)
                    .message("option %s: '%s' is not a %s", name, text, type.getSimpleName());
        }
    }
}
