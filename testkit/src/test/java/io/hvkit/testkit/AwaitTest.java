package io.hvkit.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AwaitTest {

    @Test
    void it_looks_until_the_condition_holds() throws InterruptedException {
        AtomicInteger looks = new AtomicInteger();

        Await.until("the third look", Duration.ofSeconds(20), () -> looks.incrementAndGet() == 3);

        assertThat(looks).hasValue(3);
    }

    @Test
    void it_looks_once_even_without_time() throws InterruptedException {
        AtomicInteger looks = new AtomicInteger();

        Await.until("the first look", Duration.ZERO, () -> looks.incrementAndGet() == 1);

        assertThat(looks).hasValue(1);
    }

    @Test
    void a_time_out_names_what_was_awaited_and_the_details() {
        assertThatThrownBy(() ->
                        Await.until("the cows' homecoming", Duration.ofMillis(50), () -> false, () -> "grass is green"))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT))
                .hasMessageContaining("the cows' homecoming did not come about within PT0.05S")
                .hasMessageContaining("grass is green");
    }

    @Test
    void an_interruption_ends_the_wait() {
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> Await.until("nothing", Duration.ofHours(1), () -> false))
                .isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
    }
}
