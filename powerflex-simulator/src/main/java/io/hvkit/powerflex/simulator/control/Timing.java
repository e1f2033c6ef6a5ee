package io.hvkit.powerflex.simulator.control;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** How long things take, by the simulator's clock. Immutable. */
public final class Timing {

    /** A span of time that can be set. */
    public enum Span {
        /** From a mapping, or a growth, until the host sees it. */
        DEVICE_APPEARS(Duration.ofMillis(100)),
        /** From the end of a mapping until the host's device is gone. */
        DEVICE_VANISHES(Duration.ofMillis(100)),
        /** From the removal of a volume until it is gone; meanwhile it answers with code 212. */
        REMOVAL(Duration.ofMillis(50)),
        /** From the request for a migration until it begins. */
        MIGRATION_STARTS(Duration.ofMillis(100)),
        /** How long a migration moves data. */
        MIGRATION(Duration.ofSeconds(1)),
        /** From the request for a graceful pause until the migration stands. */
        GRACEFUL_PAUSE(Duration.ofMillis(500)),
        /** From the request for a forceful pause, or from the beginning of a rebuild, until the migration stands. */
        FORCEFUL_PAUSE(Duration.ofMillis(50)),
        /** How long a token of {@code /api/login} lives, however much it is used. */
        TOKEN_LIFE(Duration.ofHours(8)),
        /** How long a token of {@code /api/login} lives unused. */
        TOKEN_IDLE(Duration.ofMinutes(10)),
        /** How long an access token of {@code /rest/auth/login} lives. */
        ACCESS_TOKEN_LIFE(Duration.ofMinutes(5));

        private final Duration usual;

        Span(Duration usual) {
            this.usual = usual;
        }
    }

    private final Map<Span, Duration> spans;

    private Timing(Map<Span, Duration> spans) {
        this.spans = spans;
    }

    /** Returns the times of an array that is fast but not instant; tokens live as long as real ones. */
    public static Timing usual() {
        return new Timing(Map.of());
    }

    /**
     * Returns these times with another one.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public Timing with(Span span, Duration length) {
        if (length.isNegative()) {
            throw new IllegalArgumentException(span + " cannot take " + length);
        }
        Map<Span, Duration> changed = new EnumMap<>(Span.class);
        changed.putAll(spans);
        changed.put(span, length);
        return new Timing(changed);
    }

    /** Returns how long that takes. */
    public Duration of(Span span) {
        return spans.getOrDefault(span, span.usual);
    }
}
