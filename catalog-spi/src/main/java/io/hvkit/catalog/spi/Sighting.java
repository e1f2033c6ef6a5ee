package io.hvkit.catalog.spi;

import java.time.Instant;

/**
 * What was seen of a host or a pool.
 *
 * @param state whether it answered
 * @param at when it was looked at
 */
public record Sighting(State state, Instant at) {

    /** Whether something answers. */
    public enum State {
        /** It answered. */
        UP,
        /** It did not. */
        DOWN
    }
}
