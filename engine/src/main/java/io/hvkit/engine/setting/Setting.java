package io.hvkit.engine.setting;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Function;

/**
 * Something that operators set: its name, what it may be, where it may be set, and what holds as long as nobody sets it. Immutable.
 *
 * @param <T> what it is; its {@code toString} is what operators write
 */
@Incubating(since = "0.1")
public final class Setting<T> {

    /** For what a setting is set. */
    public enum Level {
        /** For all. */
        GLOBAL,
        /** For what is in a zone. */
        ZONE,
        /** For what is in a cluster. */
        CLUSTER,
        /** For a pool. */
        POOL
    }

    private final String name;
    private final String rule;
    private final Function<String, T> parser;
    private final T fallback;
    private final Set<Level> levels;

    private Setting(String name, String rule, Function<String, T> parser, T fallback, Set<Level> levels) {
        this.name = name;
        this.rule = rule;
        this.parser = parser;
        this.fallback = fallback;
        this.levels = levels;
    }

    /**
     * Returns a setting for all.
     *
     * @param name unique among settings
     * @param rule what it may be, for people, such as {@code a number of layers, or -1 for no limit}
     * @param parser reads what {@code toString} of a value writes, and throws an {@link IllegalArgumentException} for anything else
     * @param fallback what holds as long as nobody sets it
     */
    public static <T> Setting<T> of(String name, String rule, Function<String, T> parser, T fallback) {
        return new Setting<>(name, rule, parser, fallback, Set.of(Level.GLOBAL));
    }

    /** Returns a setting that is {@code true} or {@code false}, and for all. */
    public static Setting<Boolean> onOff(String name, Boolean fallback) {
        return of(name, "true or false", Setting::trueOrFalse, fallback);
    }

    private static Boolean trueOrFalse(String text) {
        return switch (text) {
            case "true" -> Boolean.TRUE;
            case "false" -> Boolean.FALSE;
            default -> throw new IllegalArgumentException("it is neither true nor false");
        };
    }

    /** Returns this setting, which may be set for all, and there too. */
    public Setting<T> alsoFor(Level... more) {
        Set<Level> all = EnumSet.copyOf(levels);
        all.addAll(Set.of(more));
        return new Setting<>(name, rule, parser, fallback, Set.copyOf(all));
    }

    /** Returns its name. */
    public String name() {
        return name;
    }

    /** Returns what it may be, for people. */
    public String rule() {
        return rule;
    }

    /** Returns what holds as long as nobody sets it. */
    public T fallback() {
        return fallback;
    }

    /** Returns where it may be set. */
    public Set<Level> levels() {
        return levels;
    }

    /**
     * Reads a value.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is none, naming the text and the rule
     */
    public T parse(String text) {
        try {
            return parser.apply(text.strip());
        } catch (IllegalArgumentException e) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .causedBy(e)
                    .message("setting %s is %s, and '%s' is not: %s", name, rule, text, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
