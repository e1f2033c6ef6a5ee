package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.Catalog;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Engines as tests want them: quick, with leases that end when the test says so. */
final class EngineOfTests {

    /** A clock that stands still until it is told to go on. */
    static final class Clock implements InstantSource {
        private final AtomicLong seconds = new AtomicLong(1_767_225_600);

        @Override
        public Instant instant() {
            return Instant.ofEpochSecond(seconds.get());
        }

        void pass(Duration time) {
            seconds.addAndGet(time.toSeconds());
        }
    }

    static final Duration LONG = Duration.ofMinutes(1);

    private EngineOfTests() {}

    /** Returns terms whose leases are renewed so seldom that tests never see it. */
    static Terms terms() {
        return new Terms(
                Terms.usual().executor(),
                Duration.ofMinutes(10),
                Duration.ofMinutes(5),
                Duration.ofSeconds(20),
                Duration.ofMillis(2));
    }

    static Operations on(Catalog catalog, InstantSource clock, Procedure<?, ?>... procedures) {
        return new Operations(catalog, List.of(procedures), terms(), clock);
    }
}
