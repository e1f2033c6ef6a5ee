package io.hvkit.core;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** An immutable bag of option values. Reading is typed; what a driver does not know is refused when it is built. */
public final class Options {

    private final Map<Option<?>, Object> values;

    private Options(Map<Option<?>, Object> values) {
        this.values = values;
    }

    /**
     * Reads text configuration against the options a driver declares, without any secret.
     *
     * @throws DriverException with {@link Failure#INVALID_REQUEST} if a key is unknown, a value does not parse, or a secret is given as text
     */
    public static Options parse(Collection<Option<?>> known, Map<String, String> text) {
        return parse(known, text, Map.of());
    }

    /**
     * Reads text configuration against the options a driver declares, and takes secrets for those that are {@linkplain Option#secret secret}.
     *
     * @param secrets where the secrets are had from, by the options' names; each is asked each time the driver needs it, as long as what is
     *     opened with these options is open
     * @throws DriverException with {@link Failure#INVALID_REQUEST} if a key is unknown, a value does not parse, a secret is given as text, or
     *     what is no secret is given as one
     */
    public static Options parse(
            Collection<Option<?>> known, Map<String, String> text, Map<String, SecretSource> secrets) {
        SortedSet<String> unread = new TreeSet<>(text.keySet());
        unread.addAll(secrets.keySet());
        Map<Option<?>, Object> values = new LinkedHashMap<>();
        for (Option<?> option : known) {
            unread.remove(option.name());
            String raw = text.get(option.name());
            if (raw != null) {
                values.put(option, option.parse(raw));
            }
            SecretSource secret = secrets.get(option.name());
            if (secret != null) {
                values.put(option, requireSecret(option, secret));
            }
        }
        if (!unread.isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("unknown options %s; known are %s", unread, names(known));
        }
        return new Options(values);
    }

    private static SecretSource requireSecret(Option<?> option, SecretSource secret) {
        if (!option.isSecret()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("option %s is no secret; give it as text", option.name());
        }
        return secret;
    }

    /**
     * Returns the value, or the option's default.
     *
     * @throws DriverException with {@link Failure#INVALID_REQUEST} if it has neither
     */
    public <T> T get(Option<T> option) {
        return find(option)
                .orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                        .message("option %s is required", option.name()));
    }

    /** Returns the value, or the option's default, or nothing. */
    public <T> Optional<T> find(Option<T> option) {
        Object value = values.get(option);
        return value == null ? option.fallback() : Optional.of(option.cast(value));
    }

    /**
     * Makes sure that every value belongs to an option among {@code known}, the very objects: a value that was read for another
     * driver's option of the same name would never be found.
     *
     * @throws DriverException with {@link Failure#INVALID_REQUEST}, naming the others
     */
    public void requireOnly(Collection<Option<?>> known) {
        SortedSet<String> foreign = names(values.keySet().stream()
                .filter(option -> !known.contains(option))
                .toList());
        if (!foreign.isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("options %s are not declared by this driver, which has %s", foreign, names(known));
        }
    }

    @Override
    public String toString() {
        return values.entrySet().stream()
                .map(e -> e.getKey().name() + "=" + (e.getKey().isSecret() ? "<redacted>" : e.getValue()))
                .collect(Collectors.joining(", ", "Options[", "]"));
    }

    private static SortedSet<String> names(Collection<Option<?>> options) {
        return options.stream().map(Option::name).collect(Collectors.toCollection(TreeSet::new));
    }
}
