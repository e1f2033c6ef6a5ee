package io.hvkit.catalog.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MomentsTest {

    @Test
    void the_first_and_the_last_moment_come_back() {
        for (long nanos : new long[] {Long.MIN_VALUE, Long.MIN_VALUE + 1, -1, 0, 1, Long.MAX_VALUE}) {
            assertThat(Moments.nanos(Moments.of(nanos))).isEqualTo(nanos);
        }
    }

    @Test
    void moments_beyond_are_refused_naming_them() {
        Instant first = Moments.of(Long.MIN_VALUE);
        Instant last = Moments.of(Long.MAX_VALUE);
        for (Instant far : List.of(first.minusNanos(1), last.plusNanos(1), Instant.MIN, Instant.MAX)) {
            DriverException refused = catchThrowableOfType(DriverException.class, () -> Moments.nanos(far));
            assertThat(refused.failure()).isEqualTo(Failure.INVALID_REQUEST);
            assertThat(refused).hasMessageContaining(far.toString());
        }
    }
}
